//! An export costs little memory, needs a recent authentication, and half of one is none.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::Value;

use super::rows::{Rows, yesterday};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{send, try_send};
use crate::support::process::Node;
use crate::support::scene::Scene;
use crate::support::sql::sql;

const EVENTS: usize = 5_000;

/// A line of `/proc/PID/status`, in KiB.
fn memory(node: &Node, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).expect("a number")
}

#[apply(on_both_databases)]
async fn the_size_of_an_export_does_not_matter(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let rows = Rows(&env);
    let ada = rows.person(&client, 1).await;
    let key = rows.id(&ada.id);
    // Some 4 KiB each, and too young to be purged meanwhile.
    rows.events(EVENTS, "session.ended", (&key, &key), &"x".repeat(1_400), yesterday());
    let export = || client.request(Method::GET, "/api/v1/me/export").bearer_auth(&ada.user.access);
    let text = async || export().send().await.expect("an answer").text().await.expect("a whole one");
    let warm = text().await;
    let whole: Value = serde_json::from_str(&warm).expect("JSON");
    assert!(whole["security_events"].as_array().expect("a list").len() > EVENTS);
    let before = memory(&node, "VmHWM");
    let texts = futures_util::future::join_all((0..4).map(|_| text())).await;
    for text in &texts {
        // All that the first one had but for digits; to parse it would take longer than to write it.
        assert!(text.len() + 1_024 > warm.len() && text.trim_end().ends_with('}'), "{} bytes", text.len());
    }
    let size = texts.iter().map(|text| text.len() as u64 / 1024).sum::<u64>();
    let grown = memory(&node, "VmHWM").saturating_sub(before);
    assert!(size > 64 * 1024, "{size} KiB");
    assert!(grown < 24 * 1024, "{grown} KiB more for {size} KiB");
}

#[apply(on_both_databases)]
async fn half_an_export_does_not_pass_for_a_whole_one(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let ada = Rows(&env).person(&client, 500).await;
    let export = || client.request(Method::GET, "/api/v1/me/export").bearer_auth(&ada.user.access);
    assert_eq!(try_send(export()).await.expect("a whole one").status, 200);
    sql(&env, "ALTER TABLE quota_usage RENAME TO elsewhere");
    let broken = try_send(export()).await;
    assert!(broken.is_err(), "the last section was missing: {:?}", broken.map(|reply| reply.status));
    sql(&env, "ALTER TABLE elsewhere RENAME TO quota_usage");
    assert_eq!(try_send(export()).await.expect("a whole one").status, 200);
}

#[apply(on_both_databases)]
async fn an_old_authentication_is_not_enough(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let client = &server.client;
    let ada = client.signed_in().await;
    let ask = |method: Method, path: &str| client.request(method, path).bearer_auth(&ada.access);
    clock.advance(Duration::from_secs(301));
    for (method, path) in [(Method::GET, "/api/v1/me/export"), (Method::DELETE, "/api/v1/me")] {
        let reply = send(ask(method, path)).await;
        reply.assert_problem(403, "step_up_required");
        assert_eq!(reply.body["max_age"], 300);
    }
    assert_eq!(client.verify(&ada.access).await.status, 204, "nothing has happened");
    clock.set_back(Duration::from_secs(1));
    assert_eq!(send(ask(Method::GET, "/api/v1/me/export")).await.status, 200);
    server.stop().await;
}
