//! The metrics that dashboards and alerts will ask for, after a scenario that moves them.

use std::collections::BTreeSet;

use reqwest::Method;

use super::common::get;
use crate::support::backend::on_both_databases;
use crate::support::client::{Client, PASSWORD, SignedIn, send};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;

const KEY: &str = "an-idempotency-key";

async fn scenario(node: &Node) -> (SignedIn, String) {
    let client = Client::new(node.base_url());
    let user = client.signed_in().await;
    client
        .login(&user.email, "wrong horse")
        .await
        .assert_problem(401, "invalid_credentials");
    let rotated = client.refresh(&user.refresh, Some(KEY)).await;
    assert_eq!(client.refresh(&user.refresh, Some(KEY)).await.status, 200);
    client
        .refresh("nonsense", None)
        .await
        .assert_problem(401, "refresh_token_invalid");
    assert_eq!(client.verify(&rotated.access()).await.status, 204);
    client
        .refresh(&user.refresh, None)
        .await
        .assert_problem(401, "refresh_token_reused");
    client
        .refresh(&rotated.refresh_token(), None)
        .await
        .assert_problem(401, "session_revoked");
    let second = client.login(&user.email, PASSWORD).await;
    assert_eq!(client.logout(&second.access()).await.status, 204);
    let third = client.login(&user.email, PASSWORD).await;
    assert_eq!(get(&client, "/.well-known/jwks.json").await.status, 200);
    let unmatched = format!("/{}/{}", user.session_id, user.email);
    assert_eq!(get(&client, &unmatched).await.status, 404);
    let invented = "INVENTED".parse::<Method>().expect("a method");
    assert_eq!(send(client.request(invented, "/api/v1/me")).await.status, 405);
    client.delete_session(&third.access(), &user.session_id).await;
    (user, third.access())
}

/// Name, labels, value after the scenario.
type Expected = (&'static str, &'static [(&'static str, &'static str)], f64);

const EXACT: &[Expected] = &[
    (
        "auth_login_total",
        &[("method", "password"), ("outcome", "success")],
        3.0,
    ),
    (
        "auth_login_total",
        &[("method", "password"), ("outcome", "failure")],
        1.0,
    ),
    ("auth_login_fail_total", &[("reason", "invalid_credentials")], 1.0),
    ("auth_login_fail_total", &[("reason", "not_active")], 0.0),
    ("auth_login_fail_total", &[("reason", "overloaded")], 0.0),
    ("auth_login_duration_seconds_count", &[], 4.0),
    ("auth_refresh_total", &[("outcome", "rotated")], 1.0),
    ("auth_refresh_total", &[("outcome", "retried")], 1.0),
    ("auth_refresh_total", &[("outcome", "forged")], 1.0),
    ("auth_refresh_total", &[("outcome", "replay")], 1.0),
    ("auth_refresh_total", &[("outcome", "revoked")], 1.0),
    ("auth_refresh_total", &[("outcome", "in_flight")], 0.0),
    ("auth_refresh_total", &[("outcome", "expired")], 0.0),
    ("auth_refresh_total", &[("outcome", "regressed")], 0.0),
    ("auth_refresh_total", &[("outcome", "overloaded")], 0.0),
    ("auth_refresh_total", &[("outcome", "unavailable")], 0.0),
    (
        "auth_refresh_replay_total",
        &[("class", "previous_acknowledged")],
        1.0,
    ),
    ("auth_refresh_replay_total", &[("class", "previous")], 0.0),
    ("auth_refresh_replay_total", &[("class", "stale")], 0.0),
    ("auth_refresh_retry_age_seconds_count", &[], 2.0),
    ("auth_refresh_duration_seconds_count", &[], 5.0),
    ("auth_verify_token_duration_seconds_count", &[], 1.0),
    (
        "auth_http_requests_total",
        &[
            ("method", "POST"),
            ("route", "/api/v1/auth/login"),
            ("status", "200"),
        ],
        3.0,
    ),
    (
        "auth_http_requests_total",
        &[("method", "GET"), ("route", "unmatched"), ("status", "404")],
        1.0,
    ),
    (
        "auth_http_requests_total",
        &[("method", "other"), ("route", "/api/v1/me"), ("status", "405")],
        1.0,
    ),
    (
        "auth_http_request_duration_seconds_count",
        &[
            ("method", "DELETE"),
            ("route", "/api/v1/me/sessions/{id}"),
            ("status", "204"),
        ],
        1.0,
    ),
    ("auth_family_panics_total", &[], 0.0),
    ("auth_family_conflicts_total", &[], 0.0),
    ("auth_family_actors", &[("state", "activating")], 0.0),
    ("auth_journal_queue_depth", &[], 0.0),
    ("auth_sessions_ended_total", &[("reason", "replay")], 1.0),
    ("auth_sessions_ended_total", &[("reason", "logout")], 1.0),
    ("auth_sessions_ended_total", &[("reason", "session_limit")], 0.0),
    ("auth_password_hash_queue_depth", &[], 0.0),
    ("auth_password_hash_wait_seconds_count", &[], 5.0),
    ("auth_password_hash_duration_seconds_count", &[], 5.0),
    ("auth_password_hash_rejected_total", &[], 0.0),
    ("auth_signing_keys", &[("state", "active")], 1.0),
    ("auth_signing_keys", &[("state", "standby")], 1.0),
    ("auth_signing_keys", &[("state", "retired")], 0.0),
    ("auth_jwks_requests_total", &[("outcome", "ok")], 1.0),
    ("auth_token_unknown_kid_total", &[], 0.0),
    (
        "auth_security_events_total",
        &[("kind", "account.registered")],
        1.0,
    ),
    ("auth_security_events_total", &[("kind", "login.succeeded")], 3.0),
    ("auth_security_events_total", &[("kind", "login.failed")], 1.0),
    ("auth_security_events_total", &[("kind", "session.ended")], 1.0),
    (
        "auth_security_events_total",
        &[("kind", "refresh_token.replayed")],
        1.0,
    ),
    ("auth_db_up", &[], 1.0),
    ("auth_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0),
];

/// Of these only a range is known.
const POSITIVE: &[(&str, &[(&str, &str)])] = &[
    ("auth_family_activations_total", &[]),
    ("auth_family_mailbox_wait_seconds_count", &[]),
    ("auth_journal_batch_size_count", &[]),
    ("auth_journal_commit_duration_seconds_count", &[]),
    ("auth_signing_key_age_seconds", &[]),
    ("auth_db_pool_connections", &[("state", "idle")]),
    ("process_resident_memory_bytes", &[]),
    ("process_open_fds", &[]),
    ("process_start_time_seconds", &[]),
];

on_both_databases! {
    async fn a_scenario_is_counted(env: Env) {
        let mut node = env.node(&[]).await;
        let (user, access) = scenario(&node).await;
        let page = get(&Client::new(node.ops_url()), "/metrics").await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        let page = page.body.as_str().expect("text").to_owned();
        let names: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        let mut wrong = Vec::new();
        for (name, labels, expected) in EXACT {
            let stem = name.strip_suffix("_count").unwrap_or(name);
            let value = metric(&node, name, labels).await;
            if value != *expected || !names.contains(stem) {
                wrong.push(format!("{name} {labels:?}: {value}, not {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for name in ["auth_sessions_active", "auth_job_last_success_timestamp_seconds", "auth_family_passivations_total",
            "auth_revocation_propagation_seconds"] {
            assert!(names.contains(name), "{name}");
        }
        for (name, labels) in POSITIVE {
            eventually(name, async || (metric(&node, name, labels).await > 0.0).then_some(())).await;
        }
        // Neither people nor sessions nor addresses are labels.
        let kid = super::jws::header(&access)["kid"].as_str().expect("a kid").to_owned();
        let subject = super::jws::claims(&access)["sub"].as_str().expect("an id").to_owned();
        for id in [&user.email, &user.session_id, &subject, &kid, "127.0.0.1", "INVENTED"] {
            assert!(!page.contains(id.trim()), "{id}");
        }
        // Gauges are filled in the background, at the start for the first time.
        node.restart();
        eventually("the sessions are counted", async || {
            let live = metric(&node, "auth_sessions_active", &[]).await;
            let users = metric(&node, "auth_users", &[("status", "active")]).await;
            (live == 1.0 && users == 1.0).then_some(())
        })
        .await;
    }
}
