//! Parameters of queries: each is known, occurs once, and has a value of its kind, on every route that takes any.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::Value;

use super::common::{Document, concrete};
use crate::admin::common::person;
use crate::support::backend::{Env, on_both_databases};

/// Values that no parameter of this schema takes.
fn wrong_values(schema: &Value) -> Vec<&'static str> {
    let mut values = vec!["", "%00", "a%0Ab", "%C2%85", "%80"];
    if schema["type"] == "integer" {
        values.extend(["0", "-1", "101", "1.5", "1e2", "%201", "ten", "9223372036854775808", "%EF%BC%91"]);
    }
    match schema["format"].as_str() {
        Some("uuid") => values.extend(["1", "01919191-9191-7919-9919-91919191919", "null", "*"]),
        Some("date-time") => values.extend(["yesterday", "2026-11-27", "1764201600", "2026-13-01T00:00:00Z"]),
        _ => {}
    }
    if schema["enum"].is_array() || schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("{31}"))
    {
        values.extend(["other", "%20", "NULL"]);
    }
    values
}

/// A value that the parameter takes.
fn right_value(schema: &Value) -> &str {
    match (schema["enum"][0].as_str(), schema["format"].as_str()) {
        (Some(word), _) => word,
        (None, Some("uuid")) => "01919191-9191-7919-9919-919191919191",
        (None, Some("date-time")) => "2026-11-27T12:00:00Z",
        _ => "5",
    }
}

#[apply(on_both_databases)]
async fn malformed_and_empty_ones_are_refused_everywhere(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let document = Document::of(&client).await;
    let admin = person(&env, &client, "user admin").await;
    let mut routes = 0;
    for (path, method, operation) in document.operations() {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let parameters: Vec<&Value> = parameters.filter(|it| it["in"] == "query").collect();
        if parameters.is_empty() {
            continue;
        }
        routes += 1;
        let method: Method = method.to_uppercase().parse().expect("a method");
        let path = concrete(path);
        let refused = async |query: String, code: &str| {
            let reply = admin.call(&client, method.clone(), &format!("{path}?{query}"), None).await;
            reply.assert_problem(422, "validation_failed");
            assert_eq!(reply.text("/errors/0/code"), code, "{path}?{query}");
        };
        refused("surprise=1".to_owned(), "unknown").await;
        for parameter in parameters {
            let (name, schema) = (parameter["name"].as_str().expect("a name"), &parameter["schema"]);
            for value in wrong_values(schema) {
                let code = if value.is_empty() { "empty" } else { "invalid" };
                refused(format!("{name}={value}"), code).await;
            }
            refused(name.to_owned(), "empty").await;
            let right = right_value(schema);
            refused(format!("{name}={right}&{name}={right}"), "duplicate").await;
            if method == Method::GET && schema["type"] == "string" && schema["pattern"].is_null() {
                let reply = admin.get(&client, &format!("{path}?{name}={right}")).await;
                assert_eq!(reply.status, 200, "{path}?{name}={right}: {reply:?}");
            }
        }
    }
    assert!(routes >= 5, "{routes}");
}

/// An empty filter once selected everyone's events.
#[apply(on_both_databases)]
async fn an_empty_user_selects_no_events(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    for query in ["user=", "user", "actor=", "kind=", "user=&format=ndjson"] {
        let reply = admin.get(&client, &format!("/api/v1/admin/events?{query}")).await;
        reply.assert_problem(422, "validation_failed");
        assert_eq!(reply.text("/errors/0/code"), "empty", "{query}");
    }
    let own = admin.get(&client, &format!("/api/v1/admin/events?user={}", admin.id)).await;
    assert!(!own.body["items"].as_array().expect("items").is_empty(), "{own:?}");
}
