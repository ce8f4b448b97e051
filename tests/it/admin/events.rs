//! The list of security events, page by page.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::{items, person};
use crate::http::common::members;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::sql::sql;

const PATH: &str = "/api/v1/admin/events";

fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["id"].to_string()).collect()
}

#[apply(on_both_databases)]
async fn entries_are_found_by_what_they_tell(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let support = person(&env, &client, "user support").await;
    let (one, other) = (person(&env, &client, "user").await, person(&env, &client, "user").await);
    client.login(&one.email, "wrong password").await;
    // Nothing about anyone: it is counted.
    client.login("nobody@example.com", PASSWORD).await;
    let find = async |query: &str| {
        let reply = support.get(&client, &format!("{PATH}?{query}")).await;
        assert_eq!(reply.status, 200, "{query}: {reply:?}");
        items(&reply)
    };
    let failed = find("kind=login.failed").await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["user_id"], json!(one.id));
    assert_eq!(find(&format!("kind=login.failed&user={}", one.id)).await, failed);
    let expected = [
        "actor_id",
        "address",
        "correlation_id",
        "created_at",
        "detail",
        "id",
        "kind",
        "session_id",
        "user_agent",
        "user_id",
    ];
    assert_eq!(members(&failed[0]), expected);
    assert_eq!(failed[0]["address"], "127.0.0.1");
    let about_other = find(&format!("user={}", other.id)).await;
    let kinds: Vec<&Value> = about_other.iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["login.succeeded", "account.registered"]);
    let by_other = find(&format!("actor={}", other.id)).await;
    assert_eq!(ids(&by_other), ids(&about_other));
    assert_eq!(about_other[0]["session_id"], json!(other.session_id));

    let all = find("limit=100").await;
    assert_eq!(find("from=1970-01-01T00:00:00Z&until=2099-01-01T00:00:00%2B01:00").await, all);
    assert!(find("until=1970-01-01T00:00:00Z").await.is_empty());
    assert!(find("from=2099-01-01T00:00:00Z").await.is_empty());
}

/// A node of a newer version may have written it.
#[apply(on_both_databases)]
async fn a_kind_of_a_newer_version_fails_no_list(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let support = person(&env, &client, "user support").await;
    sql(&env, "UPDATE security_events SET kind = 'login.dreamt' WHERE kind = 'login.succeeded'");
    for path in [PATH, "/api/v1/me/security-events"] {
        let reply = support.get(&client, path).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        let events = items(&reply);
        let kinds: Vec<&Value> = events.iter().map(|event| &event["kind"]).collect();
        assert_eq!(kinds, ["login.dreamt", "account.registered"], "{path}");
    }
    let export = support.get(&client, "/api/v1/me/export").await;
    assert_eq!(export.body["security_events"][1]["kind"], "login.dreamt", "{export:?}");
    support.get(&client, &format!("{PATH}?kind=login.dreamt")).await.assert_problem(422, "validation_failed");
}

#[apply(on_both_databases)]
async fn pages_follow_one_another(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let support = person(&env, &client, "user support").await;
    for _ in 0..9 {
        client.login(&support.email, "wrong password").await;
    }
    let whole = items(&support.get(&client, &format!("{PATH}?limit=100")).await);
    assert_eq!(whole.len(), 11);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let reply = support.get(&client, &format!("{PATH}?limit=4{cursor}")).await;
        seen.extend(items(&reply));
        let Some(next) = reply.body["next_cursor"].as_str() else { break };
        // What happens meanwhile stands before the first page.
        client.login(&support.email, "wrong password").await;
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, whole);
}

#[apply(on_both_databases)]
async fn filters_are_checked(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let support = person(&env, &client, "user support").await;
    for (query, field, code) in [
        ("kind=nonsense", "kind", "invalid"),
        ("user=1", "user", "invalid"),
        ("actor=%27--", "actor", "invalid"),
        ("from=yesterday", "from", "invalid"),
        ("until=2026-13-01T00:00:00Z", "until", "invalid"),
        ("kind=login.failed&kind=login.succeeded", "kind", "duplicate"),
        ("format=csv", "format", "invalid"),
        ("format=ndjson&limit=5", "limit", "invalid"),
        ("format=ndjson&cursor=x", "cursor", "invalid"),
        ("order=asc", "order", "unknown"),
    ] {
        let refused = support.get(&client, &format!("{PATH}?{query}")).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(
            (refused.text("/errors/0/field").as_str(), refused.text("/errors/0/code").as_str()),
            (field, code)
        );
    }
}
