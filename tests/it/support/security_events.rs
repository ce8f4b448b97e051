//! Security events as they stand in the database, read past the server.

use serde_json::Value;

use super::backend::Env;
use super::eventually::eventually;
use super::sql::{count, id_literal, rows};

/// The details of all events of a kind, the oldest first.
pub fn details(env: &Env, kind: &str) -> Vec<Value> {
    details_where(env, &format!("kind = '{kind}'"))
}

/// The details of the events of a kind about a user, the oldest first.
pub fn details_about(env: &Env, kind: &str, user_id: &str) -> Vec<Value> {
    details_where(env, &format!("kind = '{kind}' AND user_id = {}", id_literal(env, user_id)))
}

/// The details of the events of a kind in a session, the oldest first.
pub fn details_in(env: &Env, kind: &str, session_id: &str) -> Vec<Value> {
    details_where(env, &format!("kind = '{kind}' AND session_id = {}", id_literal(env, session_id)))
}

fn details_where(env: &Env, condition: &str) -> Vec<Value> {
    let details = rows(env, &format!("SELECT detail FROM security_events WHERE {condition} ORDER BY id"));
    details.iter().map(|detail| serde_json::from_str(detail).expect("JSON")).collect()
}

/// How many events of this kind there are.
pub fn count_events(env: &Env, kind: &str) -> usize {
    count(env, &format!("security_events WHERE kind = '{kind}'"))
}

/// Waits for the n-th event of work that goes on after its answer.
pub async fn wait_for_event(env: &Env, kind: &str, n: usize) {
    eventually(&format!("event {n}: {kind}"), async || (count_events(env, kind) >= n).then_some(())).await;
}
