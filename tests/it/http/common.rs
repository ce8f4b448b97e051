//! What the tests of the contract share: one SQLite node while any of them runs, SQL, and the document.

use std::sync::{Arc, Weak};

use serde_json::Value;
use tokio::sync::Mutex;

use crate::support::backend::{Backend, Env};
use crate::support::client::Client;
use crate::support::process::Node;
use crate::support::sql::sql;

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
        self.node.client()
    }
}

/// A path of the document with ids that no one has.
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

/// The OpenAPI document as it is served.
pub struct Document(pub Value);

impl Document {
    pub async fn of(client: &Client) -> Document {
        let reply = client.get("/api/openapi.json").await;
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
