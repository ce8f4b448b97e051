//! A factor is given up.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::verify;
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::family::{Family, claims};
use crate::support::scene::Scene;
use crate::support::security_events::details_in;
use crate::support::sql::sql;

const TOTP: &str = "/api/v1/me/mfa/totp";

/// MF-13, SE-06
#[apply(on_both_databases)]
async fn other_sessions_end_and_nothing_weak_stays(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, mut person) = (scene.client(), scene.enrolled().await);
    prove_addresses(&env);
    let other = scene.log_in(&person).await;
    let challenge = person.challenge(client).await;
    let removed = client.call(Method::DELETE, TOTP, person.family.access(), json!(null)).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    client.verify(&other.access()).await.assert_problem(401, "session_revoked");
    client.refresh(&other.refresh_token(), None).await.assert_problem(401, "session_revoked");
    person.family.rotate(client).await;
    assert_eq!(client.verify(person.family.access()).await.status, 204);
    let code = person.app.code_at(scene.seconds());
    verify(client, &challenge, "totp", &code).await.assert_problem(401, "challenge_invalid");
    let login = client.login(person.email(), PASSWORD).await;
    assert_eq!(login.status, 200, "{login:?}");
    assert_eq!(claims(&login.access())["acr"], "aal1");
    for table in ["totp_authenticators", "backup_codes", "trusted_devices"] {
        assert_eq!(sql(&env, &format!("SELECT count(*) FROM {table}")), "0", "{table}");
    }
    assert_eq!(details_in(&env, "factor.removed", &person.family.id), [json!({"factor": "totp"})]);
    scene.server.mailbox().wait_for(person.email(), "factor_removed").await;
    // Removing what is not there is fine, and nothing happens.
    let again = client.call(Method::DELETE, TOTP, person.family.access(), json!(null)).await;
    assert_eq!(again.status, 204, "{again:?}");
    assert_eq!(client.verify(&login.access()).await.status, 204);
    scene.server.stop().await;
}

/// MF-11
#[apply(on_both_databases)]
async fn it_asks_for_two_factors(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let first = Family::open(client).await;
    let other = first.sibling(client).await;
    let person = super::scene::Enrolled::of(client, first, scene.seconds()).await;
    let refused = client.call(Method::DELETE, TOTP, other.access(), json!(null)).await;
    refused.assert_problem(403, "step_up_required");
    assert_eq!(refused.body["acr_required"], "aal2");
    scene.clock.advance(std::time::Duration::from_secs(301));
    let stale = client.call(Method::DELETE, TOTP, person.family.access(), json!(null)).await;
    stale.assert_problem(403, "step_up_required");
    scene.server.stop().await;
}

/// What was only begun is no factor: no one is told that there is one less, and nothing ends.
#[apply(on_both_databases)]
async fn an_enrollment_is_given_up(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let family = Family::open(client).await;
    let other = family.sibling(client).await;
    assert_eq!(client.call(Method::POST, TOTP, family.access(), json!(null)).await.status, 200);
    let given_up = client.call(Method::DELETE, TOTP, family.access(), json!(null)).await;
    assert_eq!(given_up.status, 204, "{given_up:?}");
    assert_eq!(sql(&env, "SELECT count(*) FROM totp_authenticators"), "0");
    assert_eq!(client.verify(other.access()).await.status, 204);
    assert!(details_in(&env, "factor.removed", &family.id).is_empty());
    assert_eq!(sql(&env, "SELECT count(*) FROM outbox WHERE template = 'factor_removed'"), "0");
    scene.server.stop().await;
}
