//! A session that has ended at another node, of which this one has not heard: its access token is believed here
//! for a little while, but it no longer changes anything about the second factors (I-4).

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Enrolled, confirm};
use crate::passkeys::scene::{SERVICE, add, registration, usual};
use crate::support::authenticator::Passkey;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::unique_email;
use crate::support::family::Family;
use crate::support::scene::Scene;
use crate::support::sql::sql;
use crate::support::totp::App;

const TOTP: &str = "/api/v1/me/mfa/totp";
const SMS: &str = "/api/v1/me/mfa/sms";

/// As another node does it that has changed the password.
fn end_all(env: &Env) {
    sql(env, "UPDATE session_families SET revoked_at = 1, revoke_reason = 'credentials_changed'");
}

fn rows(env: &Env, what: &str) -> String {
    sql(env, &format!("SELECT count(*) FROM {what}"))
}

#[apply(on_both_databases)]
async fn it_enrolls_nothing(env: Env) {
    let scene = Scene::start(&env, SERVICE).await;
    let (client, family) = (scene.client(), Family::open(scene.client()).await);
    let begun = client.call(Method::POST, TOTP, family.access(), Value::Null).await;
    let app = App::new(&begun.text("/secret"));
    let (ceremony, options) = registration(client, family.access()).await;
    let (_, credential) = Passkey::create(&options, &usual());
    end_all(&env);
    let refused = confirm(client, family.access(), &app.code_at(scene.seconds())).await;
    refused.assert_problem(401, "session_revoked");
    let refused = add(client, family.access(), &ceremony, &credential).await;
    refused.assert_problem(401, "session_revoked");
    assert_eq!(rows(&env, "users WHERE mfa_enrolled_at IS NOT NULL"), "0");
    assert_eq!((rows(&env, "passkeys"), rows(&env, "backup_codes")), ("0".to_owned(), "0".to_owned()));
    assert_eq!(rows(&env, "security_events WHERE kind = 'factor.enrolled'"), "0");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn it_removes_and_renews_nothing(env: Env) {
    let scene = Scene::start(&env, SERVICE).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let access = person.family.access();
    let codes = sql(&env, "SELECT hash FROM backup_codes ORDER BY id");
    end_all(&env);
    for (method, path) in
        [(Method::DELETE, TOTP), (Method::DELETE, SMS), (Method::POST, "/api/v1/me/mfa/backup-codes")]
    {
        client.call(method, path, access, Value::Null).await.assert_problem(401, "session_revoked");
    }
    assert_eq!(sql(&env, "SELECT hash FROM backup_codes ORDER BY id"), codes);
    assert_eq!(rows(&env, "totp_authenticators"), "1");
    assert_eq!(rows(&env, "security_events WHERE kind = 'factor.removed'"), "0");
    scene.server.stop().await;
}

/// Someone who moves the address has the account at the next reset.
#[apply(on_both_databases)]
async fn it_moves_no_address(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    end_all(&env);
    let body = json!({ "new_email": unique_email() });
    let path = "/api/v1/auth/email/change";
    let refused = client.call(Method::POST, path, person.family.access(), body).await;
    refused.assert_problem(401, "session_revoked");
    scene.server.stop().await;
}

/// A factor that came meanwhile was not proven in this session.
#[apply(on_both_databases)]
async fn one_factor_adds_no_other_to_the_first(env: Env) {
    let scene = Scene::start(&env, SERVICE).await;
    let client = scene.client();
    let first = Family::open(client).await;
    let other = first.sibling(client).await;
    let (ceremony, options) = registration(client, other.access()).await;
    let (_, credential) = Passkey::create(&options, &usual());
    let person = Enrolled::of(client, first, scene.seconds()).await;
    add(client, other.access(), &ceremony, &credential).await.assert_problem(403, "step_up_required");
    // As it looks to a request that was let through a moment before the app counted.
    sql(&env, "UPDATE totp_authenticators SET confirmed_at = NULL");
    add(client, other.access(), &ceremony, &credential).await.assert_problem(401, "challenge_invalid");
    assert_eq!(rows(&env, "passkeys"), "0");
    drop(person);
    scene.server.stop().await;
}
