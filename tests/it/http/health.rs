//! `/health`, `/health/live`, `/health/ready`

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::common::members;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, send};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn a_node_tells_how_it_is(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let live = client.get("/health/live").await;
    assert_eq!((live.status, live.body), (200, json!({"status": "ok"})));
    let ready = client.get("/health/ready").await;
    assert_eq!((ready.status, &ready.body["status"]), (200, &json!("ok")));
    assert!(ready.body["checked_seconds_ago"].as_u64().is_some_and(|age| age < 30), "{ready:?}");
    for path in ["/health", "/health/live", "/health/ready"] {
        let reply = send(client.request(Method::HEAD, path)).await;
        assert_eq!((reply.status, reply.body.is_null()), (200, true), "{path}");
    }
    let public = client.get("/health").await;
    assert_eq!((public.status, public.body), (200, json!({"status": "ok"})), "and no details");
}

/// Balancers ask often, and their questions must cost the database nothing.
#[apply(on_both_databases)]
async fn the_database_is_written_by_the_clock_and_not_by_those_who_ask(env: Env) {
    const POLLS: usize = 200;
    let node = env.node(&[]).await;
    let client = node.client();
    let writes = || sql(&env, "SELECT writes FROM health_probes").parse::<usize>();
    let begun = eventually("it is written", async || writes().ok()).await;
    eventually("it is written without a question", async || {
        writes().is_ok_and(|now| now > begun).then_some(())
    })
    .await;
    let before = writes().expect("a number");
    for _ in 0..POLLS {
        assert_eq!(client.get("/health/ready").await.status, 200);
    }
    let written = writes().expect("a number") - before;
    assert!(written < POLLS / 2, "{written} writes while it was asked {POLLS} times");
}

#[apply(on_both_databases)]
async fn operators_get_a_report(env: Env) {
    let allowed = ("KINDRED_CORS__ALLOWED_ORIGINS", "https://app.example.com,capacitor://localhost");
    let node = env.node(&[allowed]).await;
    let operations = Client::new(node.ops_url());
    let head = send(operations.request(Method::HEAD, "/health")).await;
    assert_eq!((head.status, head.body.is_null()), (200, true));
    let report = operations.get("/health").await;
    assert_eq!(report.status, 200);
    for path in ["/health", "/metrics", "/nowhere"] {
        let reply = operations.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
    }
    assert_eq!(members(&report.body), ["checked_seconds_ago", "components", "status"]);
    assert_eq!(report.body["status"], "ok");
    let components = report.body["components"].as_array().expect("components");
    let names: Vec<&str> = components.iter().filter_map(|component| component["name"].as_str()).collect();
    assert_eq!(
        names,
        ["database", "signing_keys", "session_system", "csrf", "cors_origins", "outbox", "jobs"]
    );
    assert_eq!(components[4]["detail"], "https://app.example.com, capacitor://localhost");
    for component in components {
        assert_eq!(members(component), ["detail", "latency_ms", "name", "status"]);
        assert_eq!(component["status"], "ok", "{component}");
        assert!(
            component["latency_ms"].as_f64().is_some_and(|time| (0.0..10_000.0).contains(&time)),
            "{component}"
        );
    }
    for name in names {
        assert!((metric(&node, "auth_health", &[("part", name)]).await - 1.0).abs() < f64::EPSILON, "{name}");
    }
    let kind = if env.backend() == Backend::Sqlite { "SQLite" } else { "PostgreSQL" };
    let detail = components[0]["detail"].as_str().expect("text");
    assert!(detail.starts_with(&format!("{kind} was written ")), "{detail}");
    assert!(!report.body.to_string().contains("127.0.0.1"), "no addresses: {report:?}");
}

#[tokio::test]
async fn metrics_are_not_public_and_the_api_is_not_on_their_port() {
    let shared = super::common::shared().await;
    shared.client().get("/metrics").await.assert_problem(404, "not_found");
    let operations = Client::new(shared.node.ops_url());
    for path in ["/api/v1/me", "/health/live", "/docs/", "/"] {
        assert_eq!(operations.get(path).await.status, 404, "{path}");
    }
}
