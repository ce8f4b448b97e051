//! What the tests of the contract share: one SQLite node while any of them runs, SQL, and the document.

use std::sync::{Arc, Weak};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, send};
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

/// Whether an operation is for sessions only.
pub fn needs_session(operation: &Value) -> bool {
    let requirements = operation["security"].as_array().expect("requirements");
    !requirements.is_empty()
        && requirements.iter().all(|one| one.as_object().is_some_and(|names| !names.is_empty()))
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

    /// Method and path of each operation that takes an access token.
    pub fn protected(&self) -> Vec<(&str, &str)> {
        let takes_token = |operation: &Value| operation["security"].to_string().contains("bearer");
        let protected = self.operations().into_iter().filter(|(_, _, operation)| takes_token(operation));
        protected.map(|(path, method, _)| (method, path)).collect()
    }

    /// Fails unless the documented operations that take an access token refuse this one with the code, except the allowed.
    pub async fn assert_limited(&self, client: &Client, access: &str, allowed: &[(&str, &str)], code: &str) {
        for (method, path) in self.protected().into_iter().filter(|operation| !allowed.contains(operation)) {
            let name: Method = method.to_uppercase().parse().expect("a method");
            let request = client.request(name.clone(), &concrete(path)).bearer_auth(access);
            let reply = send(request.json(&json!({}))).await;
            assert_eq!(reply.status, 403, "{method} {path}: {reply:?}");
            if name != Method::HEAD {
                reply.assert_problem(403, code);
            }
        }
        // What needs no token refuses the link, not the session.
        let body = json!({"token": "no-link", "password": PASSWORD});
        let verified = client.call(Method::POST, "/api/v1/auth/email/verify", access, body).await;
        verified.assert_problem(401, "token_invalid");
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
