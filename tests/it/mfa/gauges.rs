//! How many people have which factor, for dashboards.

use std::time::Duration;

use kindred::clock::{Clock, SystemClock};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{Enrolled, STEP, confirm};
use super::stand_ins::{give_numbers, give_passkeys};
use crate::accounts::scene::{LinkScene, REQUIRED};
use crate::passkeys::scene::{SERVICE, enroll, registration, usual};
use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::scene::Scene;
use crate::support::sql::sql;
use crate::support::totp::App;

const HOUR: Duration = Duration::from_secs(60 * 60);
const TOTP: &str = "/api/v1/me/mfa/totp";
const FACTORS: [&str; 4] = ["totp", "sms", "webauthn", "backup_code"];

/// Gauges are filled in the background, at the start for the first time.
async fn shown_after_a_start(node: &mut Node, expected: [f64; 4]) {
    tokio::task::block_in_place(|| node.restart());
    eventually(&format!("the gauges show {expected:?}"), async || {
        for (factor, expected) in FACTORS.into_iter().zip(expected) {
            if metric(node, "auth_mfa_enrolled_users", &[("factor", factor)]).await != expected {
                return None;
            }
        }
        Some(())
    })
    .await;
}

#[apply(on_both_databases)]
async fn each_person_counts_once_for_each_factor(env: Env) {
    let mut node = env.node(&[]).await;
    let client = node.client();
    let ada = Enrolled::new(&client, SystemClock.now().unix_seconds()).await;
    let bob = client.signed_in().await;
    // Begun only: that is none.
    let begun = client.call(Method::POST, TOTP, &bob.access, json!(null)).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    shown_after_a_start(&mut node, [1.0, 0.0, 0.0, 1.0]).await;
    give_passkeys(&env);
    give_numbers(&env);
    shown_after_a_start(&mut node, [1.0, 2.0, 2.0, 1.0]).await;
    sql(&env, "UPDATE backup_codes SET used_at = 1");
    shown_after_a_start(&mut node, [1.0, 2.0, 2.0, 0.0]).await;
    node.run(&["user", "reset-mfa", ada.email()]);
    shown_after_a_start(&mut node, [0.0, 1.0, 1.0, 0.0]).await;
}

#[apply(on_both_databases)]
async fn enrollments_are_counted_from_their_beginning_to_their_confirmation(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let user = client.signed_in().await;
    let begun = client.call(Method::POST, TOTP, &user.access, json!(null)).await;
    let app = App::new(&begun.text("/secret"));
    scene.clock.advance(2 * STEP);
    let wrong = app.wrong_at(scene.seconds());
    confirm(client, &user.access, &wrong).await.assert_problem(401, "mfa_code_invalid");
    assert_eq!(confirm(client, &user.access, &app.code_at(scene.seconds())).await.status, 200);
    for outcome in ["begun", "failed", "confirmed"] {
        let labels = [("factor", "totp"), ("outcome", outcome)];
        let counted = scene.server.metric("auth_mfa_enrollment_total", &labels).await;
        assert!((counted - 1.0).abs() < f64::EPSILON, "{outcome}: {counted}");
    }
    let took = scene.server.metric("auth_mfa_enrollment_duration_seconds_sum", &[("factor", "totp")]).await;
    assert!((took - 60.0).abs() < 1e-3, "by the clock of the test: {took}");
}

#[apply(on_both_databases)]
async fn enrollments_that_are_given_up_are_counted(env: Env) {
    let settings = [SERVICE, &[("KINDRED_RETENTION__INTERVAL", "200ms")]].concat();
    let scene = Scene::start(&env, &settings).await;
    let client = scene.client();
    let abandoned = async |factor: &str, expected: f64| {
        let labels = [("factor", factor), ("outcome", "abandoned")];
        let counted = scene.server.metric("auth_mfa_enrollment_total", &labels).await;
        (counted - expected).abs() < f64::EPSILON
    };
    let (ada, bob) = (Family::open(client).await, Family::open(client).await);
    let (_, enrolled) = enroll(client, ada.access(), &usual()).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    registration(client, bob.access()).await;

    let begin = async || client.call(Method::POST, TOTP, bob.access(), json!(null)).await.status;
    assert_eq!(begin().await, 200);
    assert!(abandoned("totp", 0.0).await);
    assert_eq!(begin().await, 200);
    assert!(abandoned("totp", 1.0).await, "it was replaced");
    let removed = client.call(Method::DELETE, TOTP, bob.access(), json!(null)).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    assert!(abandoned("totp", 2.0).await, "it was removed");

    assert_eq!(begin().await, 200);
    assert!(abandoned("totp", 2.0).await && abandoned("webauthn", 0.0).await);
    scene.clock.advance(HOUR);
    // The finished one of Ada was looked at before.
    eventually("the passkey is too late", async || abandoned("webauthn", 1.0).await.then_some(())).await;
    scene.clock.advance(24 * HOUR);
    eventually("the app is too late", async || abandoned("totp", 3.0).await.then_some(())).await;
}

#[apply(on_both_databases)]
async fn verifications_are_counted_when_the_mail_leaves_and_when_the_link_is_used(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    let counted = async |outcome: &str| {
        metric(&scene.node, "auth_email_verification_total", &[("outcome", outcome)]).await
    };
    assert!(counted("completed").await.abs() < f64::EPSILON);
    scene.verified().await;
    for outcome in ["sent", "completed"] {
        eventually(outcome, async || (counted(outcome).await >= 1.0).then_some(())).await;
    }
}
