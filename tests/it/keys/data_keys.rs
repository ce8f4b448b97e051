//! Data keys: from a master key to data keys and to another master key, and a start whose key service is gone.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use kindred::model::sealed_row::SealedTable;
use macro_rules_attribute::apply;
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::sealed::{ACTIVE, NEW, PREVIOUS, all_sealed, own_key, reseal, ring, sealed_in};
use crate::faults::refusal::refusal;
use crate::http::cli::{code, run, stderr, stdout};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, try_send};
use crate::support::eventually::{eventually, wait_until};
use crate::support::output::Output;
use crate::support::process::{command, environment};
use crate::support::sql::{rows, sql};

/// An address for a process that cannot tell which one it has taken. No other test uses this network, so no one takes it in
/// the meantime.
pub fn free_address() -> String {
    let listener = TcpListener::bind("127.77.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// What a server says of its readiness, once it listens.
pub async fn readiness(client: &Client) -> Option<Reply> {
    try_send(client.request(Method::GET, "/health/ready")).await.ok()
}

/// The states of the keys that seal.
fn states(env: &Env) -> Vec<String> {
    rows(env, "SELECT state FROM data_keys WHERE purpose = 'sealing' ORDER BY created_at")
}

#[apply(on_both_databases)]
async fn rows_move_to_a_data_key_which_outlives_the_master_key(env: Env) {
    let old = own_key(&env);
    let mut node = env.node(&[]).await;
    let user = node.client().signed_in().await;
    node.mailbox().settled(&env).await;
    assert_eq!(rows(&env, "SELECT id FROM data_keys"), [""; 0], "a master key needs none");

    let announced = run(node.setup(), &["keys", "rekey", "--new-data-key"]);
    assert_eq!(code(&announced), 0, "{}", stderr(&announced));
    assert_eq!(states(&env), ["standby"]);
    let early = run(node.setup(), &["keys", "reseal"]);
    assert_eq!(code(&early), 3, "servers must learn of it first: {}", stderr(&early));
    let again = run(node.setup(), &["keys", "rekey", "--new-data-key"]);
    assert_eq!(code(&again), 3, "{}", stderr(&again));

    // A minute later.
    sql(&env, "UPDATE data_keys SET created_at = created_at - 61000000");
    let (status, report, told) = reseal(node.setup());
    assert_eq!((status, told.as_str()), (0, ""));
    assert_eq!(states(&env), ["active"]);
    assert!(report["active_key"] != ring(&old, &[]).active_id().to_string());
    for (row, sealed) in all_sealed(&env) {
        assert!(
            ring(&old, &[]).open(&row.to_string(), &sealed).is_err(),
            "{row} is still under the master key"
        );
    }
    // The server that runs learned of the key before it sealed.
    let client = node.client();
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200);
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
    node.kill_9();

    // Another master key: nothing is sealed again, the data keys are only wrapped again.
    let before = sealed_in(&env, SealedTable::RootKeys);
    let rewrapped = run(&env.setup(&[(ACTIVE, NEW), (PREVIOUS, &old)]), &["keys", "rekey"]);
    assert_eq!((code(&rewrapped), stderr(&rewrapped).as_str()), (0, ""));
    assert!(stdout(&rewrapped).starts_with("2 data keys"), "{}", stdout(&rewrapped));
    assert_eq!(sealed_in(&env, SealedTable::RootKeys), before);
    let mut node = env.node(&[(ACTIVE, NEW)]).await;
    assert_eq!(node.client().login(&user.email, PASSWORD).await.status, 200);
    node.kill_9();
    let message = refusal(&env.setup(&[]));
    assert!(message.contains("is wrapped under another key"), "{message}");

    // The key that wraps them is lost: under the one that is configured now, other data keys are made.
    let former = rows(&env, "SELECT id FROM data_keys ORDER BY id");
    let lost = run(&env.setup(&[]), &["keys", "reinitialise", "--json"]);
    let report: Value = serde_json::from_slice(&lost.stdout).expect("a report");
    assert_eq!(
        (code(&lost), report["data_keys"].as_array().map(Vec::len)),
        (1, Some(2)),
        "{}",
        stderr(&lost)
    );
    assert_eq!(rows(&env, "SELECT id FROM data_keys ORDER BY id"), former);
    let made = run(&env.setup(&[]), &["keys", "reinitialise", "--yes"]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    assert_eq!(states(&env), ["active"]);
    let new = rows(&env, "SELECT id FROM data_keys");
    assert!(new.len() == 2 && new.iter().all(|id| !former.contains(id)), "{new:?} after {former:?}");
    let node = env.node(&[]).await;
    assert_eq!(node.client().refresh(&user.refresh, None).await.status, 401);
    assert_eq!(node.client().login(&user.email, PASSWORD).await.status, 200);
}

/// Part of the memory locked is no promise kept, and allocations would fail beneath the limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_is_not_locked_beneath_a_limit() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[("KINDRED_SECRETS__LOCK_MEMORY", "true")]);
    let serve = command(&setup);
    let mut limited = Command::new("prlimit");
    limited.args(["--memlock=65536:65536".as_ref(), serve.get_program(), "serve".as_ref()]);
    let output = limited.current_dir(&setup.data_dir).envs(environment(&setup)).output();
    let output = output.expect("the Debian package util-linux");
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stderr(&output).contains("RLIMIT_MEMLOCK"), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_waits_for_its_key_service_and_can_be_told_to_stop() {
    let env = Env::new(Backend::Sqlite).await;
    let (public, service) = (free_address(), format!("http://{}", free_address()));
    let mut setup = env.setup(&[
        ("KINDRED_SERVER__LISTEN", &public),
        ("KINDRED_SECRETS__TRANSIT__URL", &service),
        ("KINDRED_SECRETS__TRANSIT__KEY", "kindred"),
        ("KINDRED_SECRETS__TRANSIT__TOKEN", "a-token-of-the-test"),
    ]);
    setup.environment.retain(|(name, _)| name != ACTIVE);
    let mut serve = command(&setup);
    serve.arg("serve").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = serve.spawn().expect("the server's binary starts");
    let mut output = Output::collect(&mut child);

    let client = Client::new(&format!("http://{public}"));
    let refused = eventually("the start waits", async || readiness(&client).await).await;
    assert_eq!((refused.status, refused.code()), (503, "keys_unavailable"), "{refused:?}");
    client.get("/health/live").await.assert_status(200);
    // What needs no key does not ask for it.
    assert_eq!(code(&run(&setup, &["migrate", "status"])), 0);

    let id = Pid::from_child(&child);
    kill_process(id, Signal::TERM).expect("it runs");
    let status = wait_until("the process ends", || child.try_wait().expect("a child of ours"));
    output.finish();
    let told = output.text();
    assert_eq!(status.code(), Some(0), "{told}");
    assert!(told.contains("the start waits for the key service"), "{told}");
    assert!(!told.contains("a-token-of-the-test"), "{told}");
}
