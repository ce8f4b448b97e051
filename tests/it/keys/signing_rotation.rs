//! Signing keys are rotated, and no valid token is refused.

use std::os::unix::process::ExitStatusExt;
use std::sync::Arc;
use std::time::Duration;

use kindred::boot::{Core, World};
use kindred::config::Config;
use kindred::entropy::OsEntropy;
use kindred::store::Effects;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use crate::admin::common::{Person, items, login, person};
use crate::http::cli::{code, run, stderr};
use crate::http::jws;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD};
use crate::support::eventually::eventually;
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::metrics::metric;
use crate::support::process::{Setup, environment};
use crate::support::reply::Reply;
use crate::support::scene::Scene;
use crate::support::sql::{count, sql};

const PATH: &str = "/api/v1/admin/signing-keys";
const ROTATE: &str = "/api/v1/admin/signing-keys/rotate";
const HOUR: Duration = Duration::from_secs(3_600);
/// How often two nodes rotate at the same time.
const ROUNDS: usize = 100;

async fn kids(client: &Client) -> Vec<String> {
    let set = client.get("/.well-known/jwks.json").await;
    let keys = set.body["keys"].as_array().expect("keys").clone();
    keys.iter().filter_map(|key| key["kid"].as_str().map(str::to_owned)).collect()
}

fn kid(token: &str) -> String {
    jws::header(token)["kid"].as_str().expect("a kid").to_owned()
}

async fn rotate(admin: &Person, client: &Client, path: &str) -> Reply {
    admin.call(client, Method::POST, path, None).await
}

fn in_state(env: &Env, state: &str) -> String {
    sql(env, &format!("SELECT kid FROM signing_keys WHERE state = '{state}' ORDER BY kid"))
}

#[apply(on_both_databases)]
async fn the_next_key_takes_over_and_the_last_one_counts_until_its_tokens_have_expired(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let client = server.client.clone();
    let admin = person(&env, &client, "user admin").await;
    let old = client.signed_in().await;
    let (first, second) = (in_state(&env, "active"), in_state(&env, "standby"));
    assert_eq!(kid(&old.access), first);
    assert!(kids(&client).await.contains(&second), "it is published before it signs");

    // The keys of the first start were made in one moment, and the next one is not.
    clock.advance(Duration::from_secs(1));
    let rotated = rotate(&admin, &client, ROTATE).await;
    rotated.assert_status(200);
    let third = rotated.text("/standby");
    assert_eq!((rotated.text("/active"), rotated.text("/retired")), (second.clone(), first.clone()));
    let new = client.login(&old.email, PASSWORD).await;
    assert_eq!(kid(&new.access()), second);
    for token in [&old.access, &new.access()] {
        client.verify(token).await.assert_status(204);
    }
    assert_eq!(kids(&client).await.len(), 3);
    let listed = items(&admin.get(&client, PATH).await);
    let states: Vec<(&str, &str)> = listed
        .iter()
        .map(|key| (key["state"].as_str().expect("a state"), key["kid"].as_str().expect("a kid")))
        .collect();
    assert_eq!(states.len(), 3, "{listed:?}");
    for (state, kid) in [("retired", &first), ("active", &second), ("standby", &third)] {
        assert!(states.contains(&(state, kid.as_str())), "{state} {kid}: {listed:?}");
    }
    // Its private half is gone: eight bytes are sealed in its place.
    let header_nonce_and_tag = 5 + 24 + 16;
    let sealed = sql(&env, "SELECT length(sealed) FROM signing_keys WHERE state = 'retired'");
    assert_eq!(sealed, (header_nonce_and_tag + 8).to_string());

    let early = rotate(&admin, &client, ROTATE).await;
    early.assert_problem(409, "conflict");
    assert_eq!(early.header("retry-after"), Some("86400"));
    let unknown = rotate(&admin, &client, &format!("{ROTATE}?algorithm=HS256")).await;
    unknown.assert_problem(422, "validation_failed");

    clock.advance(24 * HOUR - Duration::from_secs(1));
    let admin = login(&client, admin.email).await;
    let early = rotate(&admin, &client, ROTATE).await;
    early.assert_problem(409, "conflict");
    assert_eq!(early.header("retry-after"), Some("1"));
    clock.advance(Duration::from_secs(1));
    rotate(&admin, &client, ROTATE).await.assert_status(200);
    eventually("the first key is removed", async || (!kids(&client).await.contains(&first)).then_some(()))
        .await;
    // It is unknown before it is found to have expired.
    client.verify(&old.access).await.assert_problem(401, "token_invalid");
    client.verify(&admin.access).await.assert_status(204);
    assert_eq!(in_state(&env, "active"), third);
    let events = admin.get(&client, "/api/v1/admin/events?kind=signing_key.rotated").await;
    assert_eq!(items(&events).len(), 2);
    assert_eq!(items(&events)[0]["detail"]["active"], json!(third));
    server.stop().await;
}

#[apply(on_both_databases)]
async fn keys_are_rotated_by_schedule(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[("KINDRED_KEYS__ROTATE_EVERY", "48h")]).await;
    let client = server.client.clone();
    let next = in_state(&env, "standby");
    clock.advance(48 * HOUR);
    let user = eventually("another key signs", async || {
        let user = client.signed_in().await;
        (kid(&user.access) == next).then_some(user)
    })
    .await;
    client.verify(&user.access).await.assert_status(204);
    assert_eq!(count(&env, "security_events WHERE kind = 'signing_key.rotated'"), 1);
    let states = sql(&env, "SELECT state, count(*) FROM signing_keys GROUP BY 1 ORDER BY 1");
    assert_eq!(states, "active|1\nretired|1\nstandby|1");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn another_algorithm_signs_once_its_first_key_is_known(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    server.stop().await;
    let other = [("KINDRED_TOKENS__SIGNING_ALGORITHM", "Ed25519")];
    let server = InProcess::start(&env, clock.clone(), &other).await;
    let client = server.client.clone();
    let alg = |token: &str| jws::header(token)["alg"].as_str().map(str::to_owned);
    let first = client.signed_in().await;
    assert_eq!(alg(&first.access).as_deref(), Some("ES256"), "no service knows the other key yet");
    eventually("its key is published", async || (kids(&client).await.len() == 3).then_some(())).await;
    clock.advance(24 * HOUR);
    let user = eventually("it signs", async || {
        let user = client.signed_in().await;
        (alg(&user.access).as_deref() == Some("Ed25519")).then_some(user)
    })
    .await;
    client.verify(&user.access).await.assert_status(204);
    let reply = client.refresh(&user.refresh, None).await;
    reply.assert_status(200);
    assert_eq!(alg(&reply.access()).as_deref(), Some("Ed25519"));
    server.stop().await;
}

fn listed(setup: &Setup) -> Value {
    let output = run(setup, &["keys", "list", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[apply(on_both_databases)]
async fn the_command_line_rotates_beside_a_server(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let old = client.signed_in().await;
    let next = in_state(&env, "standby");
    let setup = node.setup().clone();
    let rotated = tokio::task::block_in_place(|| run(&setup, &["keys", "rotate", "--json"]));
    assert_eq!(code(&rotated), 0, "{}", stderr(&rotated));
    let report: Value = serde_json::from_slice(&rotated.stdout).expect("JSON");
    assert_eq!(report["active"], json!(next));
    eventually("the server follows", async || (kid(&client.signed_in().await.access) == next).then_some(()))
        .await;
    client.verify(&old.access).await.assert_status(204);
    let early = tokio::task::block_in_place(|| run(&setup, &["keys", "rotate"]));
    assert_eq!(code(&early), 3, "{}", stderr(&early));
    assert!(stderr(&early).contains("has not been published for long enough"), "{}", stderr(&early));
    let early = tokio::task::block_in_place(|| run(&setup, &["keys", "rotate", "--json"]));
    assert_eq!(code(&early), 3);
    let report: Value = serde_json::from_slice(&early.stdout).expect("JSON");
    let left = report["seconds_left"].as_u64().expect("a number");
    assert!((80_000..=86_400).contains(&left), "{report}");
    let keys = tokio::task::block_in_place(|| listed(&setup));
    assert_eq!(keys.as_array().map(Vec::len), Some(3), "{keys}");
    assert_eq!(metric(&node, "auth_signing_keys", &[("state", "damaged")]).await, 0.0);
    let reply = client.call(Method::GET, PATH, &old.access, json!(null)).await;
    reply.assert_problem(403, "forbidden");
}

/// A process that dies at any step of a rotation leaves the keys as they were, or rotated.
#[apply(on_both_databases)]
async fn a_crash_in_a_rotation_leaves_no_half_of_it(env: Env) {
    let mut node = env.node(&[]).await;
    node.kill_9();
    let setup = env.setup(&[]);
    let crash = |step: &str| {
        let point = format!("keys.change={step}");
        let output = run(&env.setup(&[("FAILPOINTS", &point)]), &["keys", "rotate"]);
        assert!(output.status.signal().is_some(), "{step}: {output:?}");
    };
    tokio::task::block_in_place(|| {
        let before = listed(&setup);
        for step in ["updated", "inserted", "recorded"] {
            crash(step);
            assert_eq!(listed(&setup), before, "{step}");
        }
        let next = in_state(&env, "standby");
        crash("committed");
        assert_eq!(in_state(&env, "active"), next);
        let states = sql(&env, "SELECT state, count(*) FROM signing_keys GROUP BY 1 ORDER BY 1");
        assert_eq!(states, "active|1\nretired|1\nstandby|1");
        assert_eq!(count(&env, "security_events WHERE kind = 'signing_key.rotated'"), 1);
    });
    let node = env.node(&[]).await;
    let user = node.client().signed_in().await;
    assert_eq!(kid(&user.access), in_state(&env, "active"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_that_rotate_together_one_does() {
    let env = Env::new(Backend::Postgres).await;
    let clock = StoppedClock::new();
    let config = Config::from_sources(None, environment(&env.setup(&[]))).expect("a configuration");
    let world = World { clock: clock.clone(), entropy: Arc::new(OsEntropy) };
    let one = Core::start(&config, &world).await.expect("it starts");
    let other = Core::start(&config, &world).await.expect("it starts");
    let (first, second) = (&one.signing_keys, &other.signing_keys);
    let algorithm = first.algorithm();
    for round in 0..ROUNDS {
        clock.advance(25 * HOUR);
        let turns = tokio::join!(first.turn(), second.turn());
        assert!(turns.0.is_ok() && turns.1.is_ok(), "{round}: {turns:?}");
        let (by_one, by_other) = tokio::join!(
            first.rotate(algorithm, None, |_| Effects::default()),
            second.rotate(algorithm, None, |_| Effects::default()),
        );
        assert_ne!(by_one.is_ok(), by_other.is_ok(), "{round}: {by_one:?} {by_other:?}");
        let states = sql(&env, "SELECT state, count(*) FROM signing_keys GROUP BY 1 ORDER BY 1");
        assert_eq!(states, "active|1\nretired|1\nstandby|1", "{round}");
    }
    one.stop().await;
    other.stop().await;
}
