//! Traces over OTLP, received by a collector of the test's own.

use macro_rules_attribute::apply;
use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};
use crate::support::eventually::eventually;
use crate::support::fake_http::{Answer, FakeHttp};
use crate::support::metrics::metric;
use crate::support::otlp::{Collector, attribute};

const ENDPOINT: &str = "KINDRED_TELEMETRY__OTLP_ENDPOINT";
const RATIO: &str = "KINDRED_TELEMETRY__TRACE_SAMPLE_RATIO";
/// So small that nothing is traced but what callers have sampled.
const ALMOST_NONE: (&str, &str) = (RATIO, "0.000000001");
const ALL: (&str, &str) = (RATIO, "1");
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

async fn refresh_in_trace(client: &Client, token: &str, flags: &str) -> Reply {
    let request = client.request(Method::POST, "/api/v1/auth/refresh");
    let request = request.header("traceparent", format!("00-{TRACE_ID}-{CALLER}-{flags}"));
    send(request.json(&json!({"refresh_token": token}))).await
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name} in {names:?}"))
}

#[apply(on_both_databases)]
async fn a_refresh_is_one_trace_down_to_the_database(env: Env) {
    let collector = Collector::start().await;
    let node = env.node(&[(ENDPOINT, collector.url()), ALMOST_NONE]).await;
    let client = node.client();
    let user = client.signed_in().await;
    // The first refresh loads the family; the second only rotates it.
    let first = client.refresh(&user.refresh, None).await;
    let refreshed = refresh_in_trace(&client, &first.refresh_token(), "01").await;
    refreshed.assert_status(200);
    let spans = collector.whole_trace(TRACE_ID, 4).await;
    assert_eq!(spans.len(), 4, "{spans:?}");
    let way = ["POST /api/v1/auth/refresh", "family", "journal", "database"].map(|name| named(&spans, name));
    assert_eq!(hex::encode(&way[0].parent_span_id), CALLER);
    for pair in way.windows(2) {
        assert_eq!(pair[1].parent_span_id, pair[0].span_id, "{} is within {}", pair[1].name, pair[0].name);
        assert!(pair[0].start_time_unix_nano <= pair[1].start_time_unix_nano);
        assert!(pair[0].end_time_unix_nano >= pair[1].end_time_unix_nano, "{pair:?}");
    }
    let correlation_id = refreshed.headers["x-correlation-id"].to_str().expect("ASCII");
    let [request, family, _, database] = way.map(|span| |key: &str| attribute(&span.attributes, key));
    assert_eq!(request("kindred.correlation_id").as_deref(), Some(correlation_id));
    assert_eq!(request("http.response.status_code").as_deref(), Some("200"));
    assert_eq!(request("session.id"), Some(user.session_id.clone()));
    assert_eq!(family("session.id"), Some(user.session_id.clone()));
    assert!(family("kindred.mailbox_wait_ms").is_some());
    let system = if env.backend() == Backend::Sqlite { "sqlite" } else { "postgresql" };
    assert_eq!(database("db.system.name").as_deref(), Some(system));
    assert_eq!(database("db.operation.name").as_deref(), Some("rotate"));
    assert_eq!(database("db.operation.batch.size").as_deref(), Some("1"));
    let resource = collector.resources().remove(0).resource.expect("a resource");
    assert_eq!(attribute(&resource.attributes, "service.name").as_deref(), Some("kindred"));
    assert!(attribute(&resource.attributes, "service.instance.id").is_some());
}

#[apply(on_both_databases)]
async fn a_caller_that_does_not_sample_is_obeyed(env: Env) {
    let collector = Collector::start().await;
    let mut node = env.node(&[(ENDPOINT, collector.url()), ALL]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let next = refresh_in_trace(&client, &user.refresh, "00").await;
    next.assert_status(200);
    // Without a caller, the request is traced: its spans are sent when the node drains, at the latest.
    client.refresh(&next.refresh_token(), None).await.assert_status(200);
    assert!(node.terminate().success());
    assert!(collector.trace(TRACE_ID).is_empty());
    let scopes = collector.resources().into_iter().flat_map(|resource| resource.scope_spans);
    let spans: Vec<Span> = scopes.flat_map(|scope| scope.spans).collect();
    let refreshes = spans.iter().filter(|span| span.name == "POST /api/v1/auth/refresh").count();
    assert_eq!(refreshes, 1, "{spans:?}");
    named(&spans, "password hash");
}

#[apply(on_both_databases)]
async fn nothing_is_exported_at_a_ratio_of_zero(env: Env) {
    let collector = Collector::start().await;
    let mut node = env.node(&[(ENDPOINT, collector.url()), (RATIO, "0")]).await;
    let client = node.client();
    let user = client.signed_in().await;
    refresh_in_trace(&client, &user.refresh, "01").await.assert_status(200);
    assert!(node.terminate().success());
    assert!(collector.requests().is_empty());
}

#[apply(on_both_databases)]
async fn no_secret_is_in_a_span(env: Env) {
    let collector = Collector::start().await;
    let settings = [(ENDPOINT, collector.url()), ALL, ("KINDRED_TELEMETRY__LOG_FORMAT", "json")];
    let mut node = env.node(&settings).await;
    let client = node.client();
    let email = unique_email();
    client.register(&email, PASSWORD).await.assert_status(201);
    client.login(&email, "wrong-canary-passphrase").await.assert_problem(401, "invalid_credentials");
    let login = client.login(&email, PASSWORD).await;
    let next = client.refresh(&login.refresh_token(), Some("canary-idempotency-key")).await;
    let query = format!("/api/v1/me?token={}&email={email}", next.access());
    send(client.request(Method::GET, &query).header("tracestate", "canary=state")).await;
    client.post("/api/v1/auth/password/forgot", json!({"email": email})).await.assert_status(202);
    assert!(node.terminate().success());
    let exported = format!("{:?}", collector.resources());
    assert!(exported.contains("POST /api/v1/auth/login") && exported.contains("database"), "{exported}");
    let mut secrets = vec![email, PASSWORD.to_owned()];
    secrets.extend(["canary", "$argon2", "wrong-", "token="].map(str::to_owned));
    for reply in [&login, &next] {
        secrets.extend([reply.access(), reply.refresh_token(), reply.refresh_token()[30..].to_owned()]);
    }
    for secret in secrets {
        assert!(!exported.contains(&secret), "{secret}");
    }
    // The line of a traced request leads to its trace.
    let logs = node.logs();
    let lines: Vec<Value> = logs.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let line = lines.iter().find(|line| line["route"] == "/api/v1/auth/login").expect("a line");
    assert!(!collector.trace(line["trace_id"].as_str().expect("an id")).is_empty(), "{line}");
}

/// Requests are answered as ever whether the collector is gone, is silent, or refuses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_fails_hurts_no_request() {
    // What is exported is buffered in memory, whatever the database.
    let env = Env::new(Backend::Sqlite).await;
    let silent = FakeHttp::start(|_| Answer::Silence).await;
    let refusing = FakeHttp::start(|_| Answer::status(400, "")).await;
    let gone = "http://127.0.0.1:1/";
    for url in [silent.url(), refusing.url(), gone] {
        let mut node = env.node(&[(ENDPOINT, url), ALL]).await;
        let client = node.client();
        let mut token = client.signed_in().await.refresh;
        for _ in 0..20 {
            let reply = client.refresh(&token, None).await;
            reply.assert_status(200);
            token = reply.refresh_token();
        }
        if url == refusing.url() {
            eventually("spans have failed", async || {
                let failed = metric(&node, "auth_trace_spans_total", &[("outcome", "failed")]).await;
                (failed > 0.0).then_some(())
            })
            .await;
        }
        assert_eq!(metric(&node, "auth_trace_spans_total", &[("outcome", "exported")]).await, 0.0);
        assert!(node.terminate().success(), "{url}");
    }
}
