//! `database.*`: the database and its time limits.

mod address;

use std::path::Path;
use std::time::Duration;

use super::{Environment, Reader, setting};

pub use address::DatabaseUrl;

#[derive(Clone, Debug)]
pub struct Database {
    pub url: DatabaseUrl,
    /// Connections of the pool for requests. The journal has its own.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is refused with 503.
    pub acquire_timeout: Duration,
    /// How long one statement or one journal commit may take.
    pub statement_timeout: Duration,
    /// After this time a connection to PostgreSQL is replaced, so that none stays with a server that is no longer the one
    /// that the address leads to.
    pub max_lifetime: Duration,
    /// A statement that takes longer gets a warning.
    pub slow_statement: Duration,
    /// Whether pending migrations run at start. If not, the server does not start with a database that is behind.
    pub auto_migrate: bool,
}

impl Database {
    /// The upper bound of `acquire_timeout` and `statement_timeout`.
    pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

    pub(super) fn read(reader: &mut Reader, profile: Environment, data_dir: &Path) -> Self {
        let default = DatabaseUrl::of_file(&data_dir.join("kindred.db"));
        if profile.is_production() && !reader.is_given("database.url") {
            reader.problem("database.url", "is required in production");
        }
        reader.section("Database");
        let timeout =
            |key, meaning| setting(key, meaning).between(Duration::from_millis(50), Self::LONGEST_TIMEOUT);
        let database = Self {
            url: reader.choice(
                setting(
                    "database.url",
                    "The database. The default follows `data_dir`. On SQLite only one process may \
                    run. PostgreSQL may have several servers (`postgres://h1,h2/db`): the one that takes writes is used.",
                )
                .note(
                    "production: across a network only with an `sslmode` that does not fall \
                        back to plain text",
                ),
                default,
            ),
            max_connections: reader.value(
                setting(
                    "database.max_connections",
                    "The connections to PostgreSQL for requests. The journal has four more of its own, and what a node must \
                    know to go on (revocations, readiness) up to four.",
                )
                .between(1, 1_000),
                10,
            ),
            acquire_timeout: reader.value(
                timeout(
                    "database.acquire_timeout",
                    "How long a request waits for a connection before it is answered with 503.",
                ),
                Duration::from_secs(3),
            ),
            statement_timeout: reader.value(
                timeout(
                    "database.statement_timeout",
                    "How long one statement or one commit of the journal may take. On SQLite the \
                    busy timeout.",
                ),
                Duration::from_secs(5),
            ),
            max_lifetime: reader.value(
                setting(
                    "database.max_lifetime",
                    "After this time a connection to PostgreSQL is replaced by a new one, which leads to whatever server \
                    the address means then.",
                )
                .between(Duration::from_secs(1), Duration::from_secs(86_400)),
                Duration::from_secs(300),
            ),
            slow_statement: reader.value(
                setting(
                    "database.slow_statement",
                    "A statement that takes longer than this gets a line `slow statement` at `warn`, with its text and \
                    without its values.",
                )
                .between(Duration::from_millis(1), Duration::from_secs(60)),
                Duration::from_secs(1),
            ),
            auto_migrate: reader.value(
                setting(
                    "database.auto_migrate",
                    "Whether pending migrations run at start. If not, the server refuses to start \
                    with a database that is behind.",
                ),
                !profile.is_production(),
            ),
        };
        // The default of the driver falls back to plain text when the server refuses TLS.
        reader.check(
            "database.url",
            !profile.is_production() || database.url.stays_here() || database.url.names_sslmode(),
            "must say ?sslmode=verify-full in production (or disable, where the network is trusted)",
        );
        database
    }
}
