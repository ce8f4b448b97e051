//! `database.url`: a file of SQLite, or a database of PostgreSQL with one server or several.

use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use url::Url;

use crate::config::declaration::setting_value;

/// What the driver understands. It ignores anything else, so that a misspelled `sslmode` would go unnoticed.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];
/// Which of several servers is meant, as in libpq. It is always the one that takes writes.
const TARGET: &str = "target_session_attrs";
const TARGETS: [&str; 2] = ["read-write", "primary"];

/// `sqlite://PATH?mode=rwc` or `postgres://USER:PASSWORD@HOST,HOST/NAME`. It is shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// A URL of PostgreSQL, taken apart: the list of hosts is none that a URL may have.
struct Parts<'a> {
    scheme: &'a str,
    user_info: Option<&'a str>,
    hosts: Vec<&'a str>,
    /// The name of the database and the parameters.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| scheme.starts_with("postgres"))?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user_info, hosts) = authority
            .rsplit_once('@')
            .map_or((None, authority), |(user_info, hosts)| (Some(user_info), hosts));
        Some(Self { scheme, user_info, hosts: hosts.split(',').collect(), rest })
    }

    fn with(&self, user_info: Option<&str>, hosts: &str) -> String {
        let user_info = user_info.map(|user_info| format!("{user_info}@")).unwrap_or_default();
        format!("{}://{user_info}{hosts}{}", self.scheme, self.rest)
    }

    /// The URL of each server.
    fn servers(&self) -> Result<Vec<Url>, url::ParseError> {
        let servers = self.hosts.iter().map(|host| Url::parse(&self.with(self.user_info, host)));
        servers.collect()
    }

    fn without_password(&self) -> String {
        let user = self.user_info.map(|user_info| match user_info.split_once(':') {
            Some((user, _)) => format!("{user}:***"),
            None => user_info.to_owned(),
        });
        self.with(user.as_deref(), &self.hosts.join(","))
    }
}

impl DatabaseUrl {
    /// The URL of a file that is created if it is missing. What has a meaning in a URL is escaped.
    pub(super) fn of_file(path: &Path) -> Self {
        let path = path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        Self(format!("sqlite://{path}?mode=rwc"))
    }

    /// The whole URL of SQLite, or of PostgreSQL with one server.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The URL of each server of PostgreSQL as the driver reads it, password included; of SQLite, none.
    pub fn servers(&self) -> Vec<String> {
        self.parsed().iter().map(|url| without_target(url).into()).collect()
    }

    fn parsed(&self) -> Vec<Url> {
        // It was parsed when the setting was read.
        Parts::of(&self.0).and_then(|parts| parts.servers().ok()).unwrap_or_default()
    }

    /// Whether nothing that is sent to the database leaves this machine: a file, a socket, or loopback.
    pub(super) fn stays_here(&self) -> bool {
        self.is_sqlite() || self.parsed().iter().all(is_here)
    }

    pub(super) fn names_sslmode(&self) -> bool {
        let strict = |mode: &str| matches!(mode, "verify-full" | "verify-ca" | "require" | "disable");
        let named = |url: &Url| url.query_pairs().any(|(key, mode)| key == "sslmode" && strict(&mode));
        self.parsed().iter().any(named)
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

fn is_here(server: &Url) -> bool {
    let names_another = server.query_pairs().any(|(key, _)| key == "host" || key == "hostaddr");
    let host = server.host_str().unwrap_or_default().trim_matches(['[', ']']).to_lowercase();
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_here = host.is_empty() || host == "localhost" || host.starts_with("%2f") || is_loopback;
    is_here && !names_another
}

fn without_target(server: &Url) -> Url {
    let mut url = server.clone();
    if !server.query_pairs().any(|(key, _)| key == TARGET) {
        return url;
    }
    let others: Vec<_> = server.query_pairs().filter(|(key, _)| key != TARGET).collect();
    url.set_query(None);
    if !others.is_empty() {
        url.query_pairs_mut().extend_pairs(others);
    }
    url
}

setting_value! { DatabaseUrl: "a URL of `sqlite:` with a file, or `postgres://` with one server or several" }

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
        if let Some(parts) = Parts::of(text) {
            check(&parts)?;
        }
        Ok(Self(text.to_owned()))
    }
}

fn check(parts: &Parts<'_>) -> Result<(), String> {
    let is_list = parts.hosts.len() > 1;
    if is_list && parts.hosts.iter().any(|host| host.is_empty()) {
        return Err("a host in the list is empty".to_owned());
    }
    let servers = parts.servers().map_err(|error| error.to_string())?;
    for (key, value) in servers.iter().flat_map(Url::query_pairs) {
        check_parameter(&key, &value, is_list)?;
    }
    Ok(())
}

/// The value is not repeated: it may be a password.
fn check_parameter(key: &str, value: &str, is_list: bool) -> Result<(), String> {
    let is_known = PARAMETERS.contains(&key) || key.starts_with("options[") || key == TARGET;
    if !is_known {
        return Err(format!("has the parameter {key}, which has no meaning here"));
    }
    if key == TARGET && !TARGETS.contains(&value) {
        return Err(format!("{TARGET} must be read-write or primary, since the server writes"));
    }
    if ["host", "hostaddr", "port"].contains(&key) && (is_list || value.contains(',')) {
        return Err("several servers are named before the database: postgres://h1:5432,h2:5432/db".to_owned());
    }
    Ok(())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The driver accepts a password in the query as well.
        let names_password = |url: &Url| url.query_pairs().any(|(key, _)| key == "password");
        match Parts::of(&self.0) {
            Some(_) if self.parsed().iter().any(names_password) => formatter.write_str("***"),
            Some(parts) => formatter.write_str(&parts.without_password()),
            None => formatter.write_str(&self.0),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn each_server_of_a_list_has_a_url_of_its_own() {
        let list = url("postgres://ada:secret@h1:5433,h2/db?target_session_attrs=read-write&sslmode=require");
        assert_eq!(
            list.servers(),
            [
                "postgres://ada:secret@h1:5433/db?sslmode=require",
                "postgres://ada:secret@h2/db?sslmode=require"
            ]
        );
        assert_eq!(url("postgres://h/db").servers(), ["postgres://h/db"]);
        assert_eq!(url("postgres://[::1]:5432,[::2]/db?target_session_attrs=primary").servers().len(), 2);
        assert!(url("sqlite://a.db").servers().is_empty());
    }

    #[test]
    fn a_list_is_shown_without_the_password() {
        let list = url("postgres://ada:se,c@h1,h2/db?sslmode=require");
        assert_eq!(list.to_string(), "postgres://ada:***@h1,h2/db?sslmode=require");
        assert_eq!(url("postgres://h1,h2/db?password=secret").to_string(), "***");
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for text in [
            "postgres://h/db?ssl_mode=require",
            "postgres://h1,h2/db?target_session_attrs=any",
            "postgres://h/db?target_session_attrs=standby",
            "postgres://h1,,h2/db",
            "postgres://h1,h2/db?host=h3",
            "postgres:///db?host=h1,h2",
            "postgres://h1,h2:port/db",
        ] {
            assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn one_server_elsewhere_makes_a_list_leave_this_machine() {
        assert!(url("postgres://127.0.0.1:1,localhost:2/db").stays_here());
        assert!(!url("postgres://127.0.0.1:1,db.example/db").stays_here());
        assert!(url("postgres://h1,h2/db?sslmode=verify-full").names_sslmode());
    }
}
