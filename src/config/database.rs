//! `database.*`: the database and its time limits.

use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use super::declaration::setting_value;
use super::{Environment, Reader, setting};

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
                    run.",
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

/// `sqlite://PATH?mode=rwc` or `postgres://USER:PASSWORD@HOST/NAME`. It is shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The URL of a file that is created if it is missing. What has a meaning in a URL is escaped.
    fn of_file(path: &Path) -> Self {
        let path = path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        Self(format!("sqlite://{path}?mode=rwc"))
    }

    /// The whole URL, password included: for the driver only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing that is sent to the database leaves this machine: a file, a socket, or loopback.
    fn stays_here(&self) -> bool {
        let Ok(url) = Url::parse(&self.0) else { return false };
        let names_another = url.query_pairs().any(|(key, _)| key == "host" || key == "hostaddr");
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_lowercase();
        let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let is_here = host.is_empty() || host == "localhost" || host.starts_with("%2f") || is_loopback;
        self.is_sqlite() || (is_here && !names_another)
    }

    fn names_sslmode(&self) -> bool {
        let url = Url::parse(&self.0).ok();
        let strict = |mode: &str| matches!(mode, "verify-full" | "verify-ca" | "require" | "disable");
        url.is_some_and(|url| url.query_pairs().any(|(key, mode)| key == "sslmode" && strict(&mode)))
    }

    /// The file of SQLite, as the driver understands the URL.
    pub fn file(&self) -> Option<PathBuf> {
        let rest = self.0.strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let decoded = percent_encoding::percent_decode_str(path).collect::<Vec<u8>>();
        Some(PathBuf::from(OsString::from_vec(decoded)))
    }

    pub fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }
}

setting_value! { DatabaseUrl: "a URL of `sqlite:` with a file, or `postgres://`" }

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| text.starts_with(scheme)) {
            return Err("must start with sqlite: or postgres://".to_owned());
        }
        if text.starts_with("sqlite:") && (text.contains(":memory:") || text.contains("mode=memory")) {
            return Err("an SQLite database in memory would lose every session; name a file".to_owned());
        }
        if text.starts_with("postgres") {
            Url::parse(text).map_err(|error| error.to_string())?;
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Url::parse(&self.0) {
            // The driver accepts a password in the query as well.
            Ok(url) if url.query_pairs().any(|(key, _)| key == "password") => formatter.write_str("***"),
            Ok(mut url) if url.password().is_some() => {
                let masked = url.set_password(Some("***"));
                formatter.write_str(masked.map_or("***", |()| url.as_str()))
            }
            _ => formatter.write_str(&self.0),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
