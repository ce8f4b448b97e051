//! A generation of cookies is rolled out by `deploy/canary` to real nodes, watched by a real Prometheus: a good build
//! reaches everyone, and a bad one is taken back.

use std::process::{Output, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::process::Command;
use tokio::task::JoinSet;

use super::Prometheus;
use crate::browser::jar::{Browser, REFRESH};
use crate::support::backend::{Backend, Env};
use crate::support::eventually::eventually;
use crate::support::process::{Node, environment};
use crate::support::repository;

const NEXT: [(&str, &str); 2] =
    [("KINDRED_COOKIE__GENERATION", "v2"), ("KINDRED_COOKIE__ACCEPT_GENERATIONS", "v1")];
/// A spent token is soon taken for a stolen one.
const SUSPICIOUS: [(&str, &str); 2] =
    [("KINDRED_REFRESH__RACE_WINDOW", "3s"), ("KINDRED_DATABASE__STATEMENT_TIMEOUT", "2s")];
const BROWSERS: usize = 12;
/// Between two requests of a browser.
const PACE: Duration = Duration::from_millis(100);

/// The faults of the debug binary, and the words by which the script tells each.
const FAULTS: [(&str, &str); 4] = [
    ("csrf", "failed CSRF checks"),
    ("reuse", "reused refresh tokens"),
    ("refresh", "failed refreshes"),
    ("delay", "p95 of refreshes"),
];

/// People who refresh, and who log in again where their session has ended.
async fn load(node: &Node) -> JoinSet<()> {
    let mut people = JoinSet::new();
    for _ in 0..BROWSERS {
        let mut browser = Browser::new(&node.client(), node.base_url());
        let email = browser.signed_in().await;
        people.spawn(async move {
            let mut ticks = tokio::time::interval(PACE);
            loop {
                ticks.tick().await;
                if browser.post(REFRESH, Value::Null).await.status == 401 {
                    browser.log_in(&email).await;
                }
            }
        });
    }
    people
}

/// Runs the script to its end. Unless the delay is what must be noticed, one that the machine makes counts for nothing.
async fn roll_out(node: &Node, prometheus: &Prometheus, fault: &str) -> Output {
    let instance = node.ops_url().trim_start_matches("http://");
    let selector = format!("instance=\"{instance}\"");
    let set = format!("{} canary set", env!("CARGO_BIN_EXE_kindred"));
    let (least, factor) = if fault == "delay" { ("8", "3") } else { ("20", "1000") };
    let patient =
        ["--hold", "8", "--interval", "1", "--window", "8s", "--min-requests", least, "--factor", factor];
    let script = Command::new("python3")
        .arg(repository().join("deploy/canary"))
        .args(["--prometheus", prometheus.url(), "--set", &set, "--steps", "50,100", "--selector", &selector])
        .args(patient)
        .current_dir(node.data_dir())
        .envs(environment(node.setup()))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    script.await.expect("python3 starts")
}

fn share(node: &Node) -> u64 {
    let shown = node.run(&["canary", "show", "--json"]);
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    shown["percent"].as_u64().expect("a number")
}

/// Someone whose login set this cookie. A node follows the share within a second.
async fn logged_in_with(node: &Node, cookie: &str) -> Browser {
    eventually(&format!("logins set {cookie}"), async || {
        let mut browser = Browser::new(&node.client(), node.base_url());
        browser.signed_in().await;
        browser.find(cookie).is_some().then_some(browser)
    })
    .await
}

async fn started(env: &Env, fault: &str) -> Node {
    let points = format!("cookies.current={fault}");
    let suspicious = if fault == "reuse" { &SUSPICIOUS[..] } else { &[] };
    let node = env.node(&[&NEXT[..], suspicious, &[("FAILPOINTS", points.as_str())]].concat()).await;
    // Before the first one logs in, as docs/canary.md says.
    tokio::task::block_in_place(|| node.run(&["canary", "set", "0"]));
    node
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_build_is_taken_back() {
    let envs = join_all(FAULTS.map(|_| Env::new(Backend::Sqlite))).await;
    let nodes = join_all(envs.iter().zip(FAULTS).map(|(env, (fault, _))| started(env, fault))).await;
    let targets: Vec<&Node> = nodes.iter().collect();
    let prometheus = tokio::task::block_in_place(|| Prometheus::start(&targets));
    let loads = join_all(nodes.iter().map(load)).await;
    let runs = nodes.iter().zip(FAULTS).map(|(node, (fault, _))| roll_out(node, &prometheus, fault));
    let outputs = join_all(runs).await;
    drop(loads);
    for ((node, (fault, words)), output) in nodes.iter().zip(FAULTS).zip(outputs) {
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{fault}: {told} {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(told.contains(words) && told.contains("0 % of the users"), "{fault}: {told}");
        assert_eq!(tokio::task::block_in_place(|| share(node)), 0, "{fault}");
        // Logins give the previous generation again, with which nothing fails.
        let mut browser = logged_in_with(node, "kindred_rt_v1").await;
        browser.post(REFRESH, Value::Null).await.assert_status(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_build_reaches_everyone() {
    let env = Env::new(Backend::Postgres).await;
    let node = started(&env, "none").await;
    let prometheus = tokio::task::block_in_place(|| Prometheus::start(&[&node]));
    let load = load(&node).await;
    let output = roll_out(&node, &prometheus, "none").await;
    drop(load);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told} {}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("50 % of the users") && told.contains("100 % of the users"), "{told}");
    assert_eq!(tokio::task::block_in_place(|| share(&node)), 100);
    logged_in_with(&node, "kindred_rt_v2").await;
}
