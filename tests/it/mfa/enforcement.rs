//! `mfa.enforcement = off`: a switch for incidents in which second factors do not work.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Enrolled, step_up_with};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply};
use crate::support::family::{Family, claims};
use crate::support::scene::Scene;
use crate::support::security_events::count_events;

const OFF: (&str, &str) = ("KINDRED_MFA__ENFORCEMENT", "off");
const TOTP: &str = "/api/v1/me/mfa/totp";

/// The assurance that an access token tells.
fn assurance(reply: &Reply) -> (Value, Value) {
    let claims = claims(&reply.access());
    (claims["acr"].clone(), claims["amr"].clone())
}

#[apply(on_both_databases)]
async fn logins_end_after_the_password_and_open_nothing_that_asks_for_two_factors(env: Env) {
    let scene = Scene::start(&env, &[OFF]).await;
    let person = scene.enrolled().await;
    let client = scene.client();
    let login = client.login(person.email(), PASSWORD).await;
    assert_eq!(login.status, 200, "{login:?}");
    assert_eq!(assurance(&login), (json!("aal1"), json!(["pwd"])));
    assert_eq!(count_events(&env, "mfa.waived"), 1);
    assert_eq!(count_events(&env, "mfa.enforcement_off"), 1);
    assert!(scene.server.metric("auth_mfa_enforced", &[]).await.abs() < f64::EPSILON);

    // The password is recent, and it is not enough; nor is it at a step-up.
    let removed = client.call(Method::DELETE, TOTP, &login.access(), Value::Null).await;
    removed.assert_problem(403, "step_up_required");
    assert_eq!(removed.body["acr_required"], "aal2");
    let exported = client.call(Method::GET, "/api/v1/me/export", &login.access(), Value::Null).await;
    exported.assert_problem(403, "step_up_required");
    let mut family = Family::login(client, person.email()).await;
    let by_password = json!({"method": "password", "password": PASSWORD});
    step_up_with(client, &mut family, by_password).await.assert_problem(403, "step_up_required");

    // The factor itself still works, and raises the session.
    let code = json!({"method": "totp", "code": person.app.code_at(scene.seconds())});
    let raised = step_up_with(client, &mut family, code).await;
    assert_eq!(raised.status, 200, "{raised:?}");
    assert_eq!(assurance(&raised).0, json!("aal2"));
    let removed = client.call(Method::DELETE, TOTP, family.access(), Value::Null).await;
    assert_eq!(removed.status, 204, "{removed:?}");
}

#[apply(on_both_databases)]
async fn people_without_a_factor_notice_nothing_and_the_switch_goes_back(env: Env) {
    let scene = Scene::start(&env, &[OFF]).await;
    let person = Enrolled::new(scene.client(), scene.seconds()).await;
    Family::open(scene.client()).await;
    assert_eq!(count_events(&env, "mfa.waived"), 0, "only logins that had to ask");
    scene.server.stop().await;
    let scene = Scene::start(&env, &[]).await;
    let asked = scene.client().login(person.email(), PASSWORD).await;
    assert_eq!(asked.body["mfa_required"], json!(true), "{asked:?}");
    assert!((scene.server.metric("auth_mfa_enforced", &[]).await - 1.0).abs() < f64::EPSILON);
    assert_eq!(count_events(&env, "mfa.enforcement_off"), 1, "the second start wrote none");
}

#[tokio::test]
async fn the_start_is_loud() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[OFF]).await;
    node.logged("mfa.enforcement is off").await;
}
