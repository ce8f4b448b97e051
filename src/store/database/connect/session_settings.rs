//! What a connection to PostgreSQL relies on. It is asked for when the connection starts and then read back, because
//! a pooler between us and the server may drop what it does not know (PgBouncer's `ignore_startup_parameters`). What was
//! dropped is set by a statement; what cannot be set makes the connection useless.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, Row};

/// What the connections of one pool are for, and rely on.
pub(super) struct SessionSettings {
    /// Told to the server behind the name of the application, so that `pg_stat_activity` shows whose connection is whose.
    job: Option<&'static str>,
    /// Names and values as the view `pg_settings` shows them: times in milliseconds.
    values: BTreeMap<&'static str, String>,
}

/// What the server does for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Writes,
    /// A standby, or a server with `default_transaction_read_only`.
    OnlyReads,
}

/// The name of the application, unless the URL of the database has another.
const APPLICATION: &str = "kindred";
/// The driver asks for UTF-8 itself, in a parameter of its own that poolers know.
const CLIENT_ENCODING: &str = "client_encoding";

impl SessionSettings {
    pub fn of_requests(time_limit: Duration) -> Self {
        let time_limit = time_limit.as_millis().to_string();
        let values = BTreeMap::from([
            ("statement_timeout", time_limit.clone()),
            ("lock_timeout", time_limit.clone()),
            ("idle_in_transaction_session_timeout", time_limit),
            // An acknowledged commit is on disk, whatever the server's default says.
            ("synchronous_commit", "on".to_owned()),
            // A transaction that has waited for a row sees what was committed meanwhile.
            ("default_transaction_isolation", "read committed".to_owned()),
            (CLIENT_ENCODING, "UTF8".to_owned()),
        ]);
        Self { job: None, values }
    }

    /// Of what a node must know to go on: readiness, and the revocations of other nodes.
    pub fn of_the_watch(time_limit: Duration) -> Self {
        Self { job: Some("watch"), ..Self::of_requests(time_limit) }
    }

    /// Of a connection that is opened only to see what its server does.
    pub fn of_the_lookout(time_limit: Duration) -> Self {
        Self { job: Some("lookout"), ..Self::of_requests(time_limit) }
    }

    /// The journal runs one statement over and over: planned once, and always by primary key, since the planner
    /// cannot know how few rows a batch has.
    pub fn of_the_journal(time_limit: Duration) -> Self {
        let mut values = Self::of_requests(time_limit).values;
        values.extend(
            [
                ("plan_cache_mode", "force_generic_plan"),
                ("enable_seqscan", "off"),
                ("enable_hashjoin", "off"),
                ("enable_mergejoin", "off"),
                // One locked row must not hold up the rest of the batch: it is committed apart, on a connection that
                // may wait.
                ("lock_timeout", "50"),
            ]
            .map(|(name, value)| (name, value.to_owned())),
        );
        Self { job: Some("journal"), values }
    }

    /// The options with these settings as parameters of the start.
    pub fn asked_for_by(&self, options: &PgConnectOptions) -> PgConnectOptions {
        let asked = self.values.iter().filter(|(name, _)| **name != CLIENT_ENCODING);
        let application = options.get_application_name().unwrap_or(APPLICATION);
        let name = self.job.map_or_else(|| application.to_owned(), |job| format!("{application} {job}"));
        options.clone().options(asked).application_name(&name)
    }

    /// Reads the settings back, and sets those that differ.
    ///
    /// # Errors
    /// The connection's, or [`sqlx::Error::Configuration`] with what cannot be had.
    pub async fn ensure(&self, connection: &mut PgConnection) -> Result<Access, sqlx::Error> {
        let found = read(connection).await?;
        check_encoding(&found)?;
        let only_reads = found.get("transaction_read_only").is_some_and(|value| value == "on");
        let access = if only_reads { Access::OnlyReads } else { Access::Writes };
        let missing = self.missing(&found);
        if missing.is_empty() {
            return Ok(access);
        }
        let names: Vec<&str> = missing.iter().map(|(name, _)| **name).collect();
        tracing::debug!(
            ?names,
            "a connection pooler has dropped settings of the connection; setting them again"
        );
        for (name, value) in missing {
            let set = sqlx::query("SELECT set_config($1, $2, false)").bind(name).bind(value);
            set.persistent(false).execute(&mut *connection).await?;
        }
        match self.missing(&read(connection).await?).first() {
            None => Ok(access),
            Some((name, value)) => {
                let reason =
                    format!("the setting {name} does not stay {value} on the connection; is there a pooler?");
                Err(sqlx::Error::Configuration(reason.into()))
            }
        }
    }

    fn missing(&self, found: &BTreeMap<String, String>) -> Vec<(&&'static str, &String)> {
        // A setting that this version of PostgreSQL does not have would have been refused at the start.
        self.values.iter().filter(|(name, value)| found.get(**name) != Some(value)).collect()
    }
}

/// Nothing that could be set would make a database in another encoding hold every name.
fn check_encoding(found: &BTreeMap<String, String>) -> Result<(), sqlx::Error> {
    let encoding = found.get("server_encoding").map_or("", String::as_str);
    if encoding == "UTF8" {
        return Ok(());
    }
    let reason = format!(
        "the encoding of the database is {encoding}, which cannot hold every name; it must be UTF8 (CREATE DATABASE … \
         ENCODING 'UTF8' TEMPLATE template0)"
    );
    Err(sqlx::Error::Configuration(reason.into()))
}

/// By the simple protocol, which leaves no prepared statement behind.
async fn read(connection: &mut PgConnection) -> Result<BTreeMap<String, String>, sqlx::Error> {
    let rows = sqlx::raw_sql(
        "SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', \
         'idle_in_transaction_session_timeout', 'synchronous_commit', 'default_transaction_isolation', \
         'client_encoding', 'server_encoding', 'transaction_read_only', 'plan_cache_mode', 'enable_seqscan', \
         'enable_hashjoin', 'enable_mergejoin')",
    );
    let rows = rows.fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
