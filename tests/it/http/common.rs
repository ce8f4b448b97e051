//! What the tests of the contract share: one SQLite node while any of them runs, SQL, and the document.

use std::sync::{Arc, Weak};

use reqwest::Method;
use rusqlite::types::ValueRef;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, Reply, send};
use crate::support::postgres::psql;
use crate::support::process::Node;

/// A node for tests that leave it as they found it. Each test has users of its own on it.
pub struct Shared {
    pub node: Node, // dropped before its data
    _env: Env,
}

/// The node that runs already, or a new one. It ends with the last test that holds it: a static would
/// leave the process behind.
pub async fn shared() -> Arc<Shared> {
    static RUNNING: Mutex<Weak<Shared>> = Mutex::const_new(Weak::new());
    let mut running = RUNNING.lock().await;
    if let Some(shared) = running.upgrade() {
        return shared;
    }
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let shared = Arc::new(Shared { node, _env: env });
    *running = Arc::downgrade(&shared);
    shared
}

impl Shared {
    pub fn client(&self) -> Client {
        Client::new(self.node.base_url())
    }
}

pub async fn post(client: &Client, path: &str, body: Value) -> Reply {
    send(client.request(Method::POST, path).json(&body)).await
}

pub async fn get(client: &Client, path: &str) -> Reply {
    send(client.request(Method::GET, path)).await
}

/// A path of the document with ids that nobody has.
pub fn concrete(path: &str) -> String {
    let id = "01919191-9191-7919-9919-919191919191";
    let parts = path.split('/').map(|part| if part.starts_with('{') { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The names of an object's members, sorted.
#[track_caller]
pub fn members(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Everyone who is there has shown to read what is sent to their address: only then are they warned.
pub fn prove_addresses(env: &Env) {
    sql(env, "UPDATE users SET email_verified_at = 1 WHERE email_verified_at IS NULL");
}

/// Runs one statement behind the server's back: rows one a line, columns parted by `|`.
pub fn sql(env: &Env, statement: &str) -> String {
    if env.backend() == Backend::Postgres {
        return psql(env.database_url(), statement);
    }
    let path = env.database_url().trim_start_matches("sqlite://").trim_end_matches("?mode=rwc");
    let connection = rusqlite::Connection::open(path).expect("the node's database");
    connection.busy_timeout(std::time::Duration::from_secs(10)).expect("a time-out");
    let mut prepared = connection.prepare(statement).expect(statement);
    let columns = prepared.column_count();
    let mut rows = prepared.query([]).expect(statement);
    let mut lines = Vec::new();
    while let Some(row) = rows.next().expect(statement) {
        let texts = (0..columns).map(|column| text(row.get_ref(column).expect("a column")));
        lines.push(texts.collect::<Vec<_>>().join("|"));
    }
    lines.join("\n")
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The OpenAPI document as it is served.
pub struct Document(pub Value);

impl Document {
    pub async fn of(client: &Client) -> Document {
        let reply = get(client, "/api/openapi.json").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        Document(reply.body)
    }

    /// Path template, method in lower case, operation.
    pub fn operations(&self) -> Vec<(&str, &str, &Value)> {
        let paths = self.0["paths"].as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, item)| {
            let item = item.as_object().expect("a path item");
            item.iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        });
        operations.collect()
    }

    /// Fails unless the operation documents this status.
    #[track_caller]
    pub fn assert_has(&self, method: &str, path: &str, status: u16) {
        let responses = &self.0["paths"][path][method.to_lowercase()]["responses"];
        assert!(
            responses.get(status.to_string()).is_some(),
            "{method} {path} answered {status}, which its documentation lacks: {:?}",
            members(responses)
        );
    }
}
