//! Passwords are hashed and judged in turn, client by client, and for clients that still wait.

use std::fs;

use kindred::clock::{Clock, SystemClock};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::accounts::scene::{LinkScene, NEW_PASSWORD, OWN_PASSWORD, REGISTER, RESET, VERIFY};
use crate::http::common::shared;
use crate::mfa::scene::Enrolled;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send, unique_email};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;

/// One hash takes most of a second on one thread, and few may wait; clients are told apart by a proxy's header.
const SLOW: &[(&str, &str)] = &[
    ("KINDRED_PASSWORD__MEMORY_KIB", "65536"),
    ("KINDRED_PASSWORD__ITERATIONS", "30"),
    ("KINDRED_PASSWORD__THREADS", "1"),
    ("KINDRED_PASSWORD__QUEUE", "6"),
    ("KINDRED_SERVER__TRUSTED_PROXIES", "127.0.0.1/32"),
];
const FLOOD: &str = "198.51.100.7";
const HONEST: &str = "203.0.113.9";

async fn ask(client: &Client, from: &str, path: &str, email: &str, password: &str) -> Reply {
    let request = client.request(Method::POST, path).header("X-Forwarded-For", from);
    send(request.json(&json!({"email": email, "password": password}))).await
}

async fn log_in(client: &Client, from: &str, email: &str, password: &str) -> Reply {
    ask(client, from, "/api/v1/auth/login", email, password).await
}

/// Connections with a login each, none of which reads its answer. Each login has an address of its own, so that none is
/// refused because of the failures before it.
async fn connections(node: &Node, number: usize) -> Vec<TcpStream> {
    let address = node.base_url().trim_start_matches("http://");
    let mut streams = Vec::new();
    for _ in 0..number {
        let body = json!({"email": unique_email(), "password": "no-such-Password-1"}).to_string();
        let request = format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {FLOOD}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("written");
        streams.push(stream);
    }
    streams
}

async fn rejected(node: &Node) -> f64 {
    metric(node, "auth_password_hash_rejected_total", &[]).await
}

async fn waiting(node: &Node, number: f64) {
    let depth = async || metric(node, "auth_password_hash_queue_depth", &[]).await;
    eventually("so many wait", async || (depth().await == number).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_logins_shuts_no_one_else_out() {
    // Whose turn it is to be hashed is kept in memory, whatever the database.
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(SLOW).await;
    let client = node.client();
    let email = unique_email();
    assert_eq!(client.register(&email, PASSWORD).await.status, 201);
    let mut flood = Vec::new();
    // The flood has taken what may wait: it gets nothing more, also not to have a password judged. It goes on
    // meanwhile, because each hash that ends makes room for one.
    let register = "/api/v1/auth/register";
    for (path, password) in [("/api/v1/auth/login", "wrong horse"), (register, "Lantern-orbit-88-velvet")] {
        let refused = eventually("it is refused", async || {
            let before = rejected(&node).await;
            flood.extend(connections(&node, 12).await);
            eventually("there is no room", async || (rejected(&node).await > before).then_some(())).await;
            // Who gets the room that a hash has just left waits for its turn, and asks again.
            let reply = ask(&client, FLOOD, path, &unique_email(), password).await;
            (reply.status == 503).then_some(reply)
        });
        refused.await.assert_problem(503, "overloaded");
    }
    // What is cheap to find out comes first.
    let common = ask(&client, FLOOD, register, &unique_email(), "password1").await;
    common.assert_problem(422, "weak_password");
    // Another client has its turn.
    let honest = log_in(&client, HONEST, &email, PASSWORD).await;
    assert_eq!(honest.status, 200, "{honest:?}");
    drop(flood);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_is_withdrawn() {
    // Whose turn it is to be hashed is kept in memory, whatever the database.
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(SLOW).await;
    let client = node.client();
    let flood = connections(&node, 7).await;
    waiting(&node, 6.0).await;
    drop(flood);
    waiting(&node, 0.0).await;
    log_in(&client, HONEST, "nobody@example.com", "wrong horse")
        .await
        .assert_problem(401, "invalid_credentials");
    // One had begun, on a slow machine perhaps two more before all hung up; the others cost nothing.
    let hashes = metric(&node, "auth_password_hash_duration_seconds_count", &[]).await;
    assert!(hashes <= 4.0, "{hashes}");
}

#[apply(on_both_databases)]
async fn only_the_beginning_of_a_long_password_is_judged(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let costly = "4a@a8b(c{c[c<c3e6g9g1i!i|i7l0o$s5s+t7t%x2z".repeat(6);
    let reply = client.register(&unique_email(), &costly).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let late = "a".repeat(70) + "velvet orbit lantern drizzle 9";
    client.register(&unique_email(), &late).await.assert_problem(422, "weak_password");
}

/// Wrong and right ones, known and unknown: of all that hash, in the order in which a person meets them.
#[apply(on_both_databases)]
async fn no_anonymous_request_costs_more_than_two_hashes(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let person = Enrolled::new(&scene.client, SystemClock.now().unix_seconds()).await;
    let (one, two) = (unique_email(), unique_email());
    let hashes = async || metric(&scene.node, "auth_password_hash_duration_seconds_count", &[]).await;
    let asked = async |path: &str, body: Value, status: u16| {
        let before = hashes().await;
        let reply = scene.post(path, body).await;
        assert_eq!(reply.status, status, "{path}: {reply:?}");
        let cost = hashes().await - before;
        assert!(cost <= 2.0, "{path} costs {cost} hashes: {reply:?}");
        cost
    };
    for email in [&one, &two] {
        let register = json!({"email": email, "password": PASSWORD});
        assert_eq!(asked(REGISTER, register, 201).await, 1.0, "hashes are counted");
    }
    asked("/api/v1/auth/login", json!({"email": unique_email(), "password": PASSWORD}), 401).await;
    asked("/api/v1/auth/login", json!({"email": one, "password": PASSWORD}), 200).await;
    let link = scene.mailbox.wait_for(&one, "verify_email").await.token();
    asked(VERIFY, json!({"token": link, "password": NEW_PASSWORD}), 401).await;
    assert!(asked(VERIFY, json!({"token": link, "password": PASSWORD}), 200).await >= 1.0);
    asked(VERIFY, json!({"token": link, "password": PASSWORD}), 401).await;
    let link = scene.mailbox.wait_for(&two, "verify_email").await.token();
    assert!(asked(OWN_PASSWORD, json!({"token": link, "new_password": NEW_PASSWORD}), 200).await >= 1.0);
    asked(OWN_PASSWORD, json!({"token": link, "new_password": NEW_PASSWORD}), 401).await;
    let link = scene.reset_token(&one, 1).await;
    asked(RESET, json!({"token": "kt1_x", "new_password": NEW_PASSWORD}), 401).await;
    assert!(asked(RESET, json!({"token": link, "new_password": NEW_PASSWORD}), 200).await >= 1.0);
    // However many backup codes there are.
    let challenge = person.challenge(&scene.client).await;
    let backup_code =
        |code: &str| json!({"challenge_token": challenge, "method": "backup_code", "code": code});
    let verify = "/api/v1/auth/mfa/verify";
    assert!(asked(verify, backup_code("abcde-fghjk"), 401).await >= 1.0);
    assert!(asked(verify, backup_code(&person.backup_codes[9]), 200).await >= 1.0);
}

/// Whatever else the machine has to do goes first.
#[tokio::test]
async fn hashes_have_the_lowest_priority() {
    let shared = shared().await;
    let tasks = format!("/proc/{}/task", shared.node.pid());
    // A thread lowers its priority as soon as it runs.
    eventually("all that hash are nice", async || {
        let threads: Vec<(String, i64)> = fs::read_dir(&tasks).expect("threads").filter_map(nice).collect();
        let hashing: Vec<_> = threads.iter().filter(|(name, _)| name.starts_with("argon2-")).collect();
        assert!(!hashing.is_empty(), "{threads:?}");
        assert!(hashing.len() < threads.len() && threads.iter().any(|(_, nice)| *nice < 19), "{threads:?}");
        hashing.iter().all(|(_, nice)| *nice == 19).then_some(())
    })
    .await;
}

/// Name and nice value of a thread (`man 5 proc_pid_stat`), if it is still there.
fn nice(task: std::io::Result<fs::DirEntry>) -> Option<(String, i64)> {
    let stat = fs::read_to_string(task.ok()?.path().join("stat")).ok()?;
    let (head, fields) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    // The first field after the name is the third of all, and this is the 19th.
    Some((name.to_owned(), fields.split_whitespace().nth(16)?.parse().ok()?))
}
