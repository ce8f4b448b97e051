//! The built-in proof of work: an answer counts once, for its action, until it expires.

use std::time::Duration;

use altcha::Payload;
use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{CHEAP, DEMANDED, answer, challenge, register_with, solve, token};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::metrics::metric;
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn a_registration_needs_an_answer_of_its_own(env: Env) {
    let node = env.node(&[DEMANDED, CHEAP]).await;
    let client = node.client();
    client.register(&unique_email(), PASSWORD).await.assert_problem(403, "captcha_required");
    register_with(&client, "").await.assert_problem(403, "captcha_required");
    register_with(&client, "nonsense").await.assert_problem(403, "captcha_invalid");
    register_with(&client, &"A".repeat(20_000)).await.assert_problem(403, "captcha_invalid");
    assert_eq!(
        metric(&node, "auth_password_hash_duration_seconds_count", &[]).await,
        0.0,
        "nothing was hashed"
    );
    let right = answer(&client, "register").await;
    register_with(&client, &right).await.assert_status(201);
    register_with(&client, &right).await.assert_problem(403, "captcha_invalid");
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
    for (outcome, count) in [("passed", 1.0), ("failed", 3.0), ("missing", 2.0)] {
        let labels = [("provider", "proof_of_work"), ("outcome", outcome)];
        assert_eq!(metric(&node, "auth_captcha_total", &labels).await, count, "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_is_needed_unless_the_settings_say_so() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    node.client().register(&unique_email(), PASSWORD).await.assert_status(201);
    register_with(&node.client(), "whatever an older client sends").await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_worked_for_is_refused() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[DEMANDED, CHEAP]).await;
    let client = node.client();
    let refused = async |payload: Payload| {
        register_with(&client, &token(&payload)).await.assert_problem(403, "captcha_invalid");
    };
    register_with(&client, &answer(&client, "login").await).await.assert_problem(403, "captcha_invalid");

    // The right key of a counter that does not lead to the prefix.
    let mut easy = challenge(&client, "register").await;
    easy["parameters"]["keyPrefix"] = json!("f");
    let mut unworked = solve(&easy);
    unworked.challenge.parameters.key_prefix = "000".to_owned();
    refused(unworked).await;
    // Parameters that someone has changed.
    refused(solve(&easy)).await;
    let mut later = solve(&challenge(&client, "register").await);
    later.challenge.parameters.expires_at = Some(4_102_444_800);
    refused(later).await;
    let mut other = solve(&challenge(&client, "login").await);
    other.challenge.parameters.data.as_mut().expect("data").insert("action".to_owned(), json!("register"));
    refused(other).await;
    let mut unsigned = solve(&challenge(&client, "register").await);
    unsigned.challenge.signature = None;
    refused(unsigned).await;
    let mut renamed = solve(&challenge(&client, "register").await);
    renamed.challenge.parameters.nonce = "00".repeat(16);
    refused(renamed).await;
    let mut elsewhere = solve(&challenge(&client, "register").await);
    elsewhere.solution.counter += 1;
    refused(elsewhere).await;
    assert_eq!(sql(&env, "SELECT count(*) FROM captcha_uses"), "0", "nothing is written for a wrong answer");
}

#[apply(on_both_databases)]
async fn an_answer_expires(env: Env) {
    let clock = StoppedClock::new();
    let settings = [DEMANDED, CHEAP, ("KINDRED_CAPTCHA__TTL", "2m")];
    let server = InProcess::start(&env, clock.clone(), &settings).await;
    let (early, late) = (answer(&server.client, "register").await, answer(&server.client, "register").await);
    clock.advance(Duration::from_secs(119));
    register_with(&server.client, &early).await.assert_status(201);
    clock.advance(Duration::from_secs(3));
    register_with(&server.client, &late).await.assert_problem(403, "captcha_invalid");
    server.stop().await;
}

/// Any node verifies what another one made, and all of them together accept it once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_at_two_nodes_one_succeeds() {
    let env = Env::new(Backend::Postgres).await;
    let nodes = [env.node(&[DEMANDED, CHEAP]).await, env.node(&[DEMANDED, CHEAP]).await];
    let right = answer(&nodes[0].client(), "register").await;
    let attempts: Vec<_> = (0..20)
        .map(|turn| {
            let (client, right) = (nodes[turn % 2].client(), right.clone());
            tokio::spawn(async move { register_with(&client, &right).await.status })
        })
        .collect();
    let mut created = 0;
    for attempt in attempts {
        let status = attempt.await.expect("an answer");
        assert!([201, 403].contains(&status), "{status}");
        created += usize::from(status == 201);
    }
    assert_eq!(created, 1);
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_is_for_a_known_action() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let client = node.client();
    let body = challenge(&client, "register").await;
    assert_eq!((&body["provider"], &body["parameters"]["cost"]), (&json!("proof_of_work"), &json!(250)));
    assert_ne!(body["parameters"]["nonce"], challenge(&client, "register").await["parameters"]["nonce"]);
    for query in ["", "?action=", "?action=logout", "?action=login&action=login", "?action=login&x=1"] {
        let reply = client.get(&format!("/api/v1/auth/captcha{query}")).await;
        reply.assert_problem(422, "validation_failed");
    }
}
