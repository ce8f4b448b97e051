//! A number over HTTP: named, confirmed, changed, removed.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::flows::other_than;
use super::scene::{CONFIRM, Holder, NUMBER, PAUSE, SMS, now, remove_app, start};
use crate::http::common::{members, prove_addresses};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send};
use crate::support::family::Family;
use crate::support::security_events::details_about;
use crate::support::sql::{count, id_literal, sql};

const OTHER: &str = "+436641234577";

#[apply(on_both_databases)]
async fn a_number_is_named_and_confirmed(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    let ada = Holder::of(&env, client).await;
    prove_addresses(&env);
    let named = ada.enroll(client, "+49 (170) 123-45 42").await;
    assert_eq!(named.status, 202, "{named:?}");
    assert_eq!(members(&named.body), ["delivery", "expires_in", "to", "warning"]);
    assert_eq!((named.text("/delivery").as_str(), named.text("/to").as_str()), ("sms", "•••• 42"));
    assert_eq!(named.body["expires_in"], 600);
    assert!(named.text("/warning").contains("weaker"));
    let code = scene.phones().wait_for_nth(NUMBER, 1).await;
    ada.confirm(client, &other_than(&code)).await.assert_problem(401, "mfa_code_invalid");
    let confirmed = ada.confirm(client, &code).await;
    assert_eq!((confirmed.status, &confirmed.body), (204, &Value::Null));
    ada.confirm(client, &code).await.assert_problem(401, "mfa_code_invalid");
    let view = send(client.request(Method::GET, "/api/v1/me/mfa").bearer_auth(&ada.access)).await;
    assert_eq!(view.body["methods"], json!(["totp", "sms"]));
    assert_eq!(view.body["sms"], json!({"to": "•••• 42", "confirmed_at": now(&scene)}));

    assert_eq!(details_about(&env, "sms_code.sent", &ada.id), [json!({"for": "enrollment"})]);
    assert_eq!(details_about(&env, "factor.enrolled", &ada.id), [json!({"factor": "sms"})]);
    let failed = json!({"factor": "sms", "for": "enrollment"});
    assert_eq!(details_about(&env, "factor.failed", &ada.id), [failed.clone(), failed]);
    let own = format!(
        "actor_id = user_id AND session_id = {} AND kind LIKE 'factor.%'",
        id_literal(&env, &ada.session_id)
    );
    assert_eq!(count(&env, &format!("security_events WHERE {own}")), 3);
    let mail = scene.server.mailbox().wait_for(&ada.email, "factor_added").await;
    assert!(mail.text.contains("codes by SMS") && !mail.text.contains("4542"), "{}", mail.text);
    assert_eq!(client.verify(&ada.access).await.status, 204, "no session has ended");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_number_is_taken_as_people_type_and_paste_it(env: Env) {
    let scene = start(&env, &[("KINDRED_THROTTLE__SMS_PER_NUMBER_HOUR", "100")]).await;
    let client = scene.client();
    for (nth, typed) in (1..).zip([
        "＋４９　１７０　１２３４５４２",
        "+٤٩١٧٠١٢٣٤٥٤٢",
        "+49\u{2011}170\u{2011}12345\u{2011}42",
    ]) {
        let holder = Holder::of(&env, client).await;
        let named = holder.enroll(client, typed).await;
        assert_eq!(named.status, 202, "{typed:?}: {named:?}");
        scene.phones().wait_for_nth(NUMBER, nth).await;
    }
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn numbers_that_are_given_up_are_counted(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    let ada = Holder::of(&env, client).await;
    assert_eq!(ada.enroll(client, NUMBER).await.status, 202);
    scene.phones().wait_for_nth(NUMBER, 1).await;
    scene.clock.advance(PAUSE);
    assert_eq!(ada.enroll(client, OTHER).await.status, 202, "it replaces the first");
    assert_eq!(ada.remove(client).await.status, 204);
    scene.clock.advance(PAUSE);
    scene.add_number(&ada, NUMBER).await;
    for (outcome, expected) in [("begun", 3.0), ("abandoned", 2.0), ("confirmed", 1.0)] {
        let labels = [("factor", "sms"), ("outcome", outcome)];
        let counted = scene.server.metric("auth_mfa_enrollment_total", &labels).await;
        assert!((counted - expected).abs() < f64::EPSILON, "{outcome}: {counted}");
    }
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_number_is_changed_by_its_own_code(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    let ada = Holder::of(&env, client).await;
    // Before the first number, so that there is a warning of it as well.
    prove_addresses(&env);
    scene.add_number(&ada, NUMBER).await;
    let (first, since) = (sql(&env, "SELECT sealed FROM sms_authenticators"), now(&scene));
    scene.clock.advance(PAUSE);
    assert_eq!(ada.enroll(client, OTHER).await.text("/to"), "•••• 77");
    assert_eq!(sql(&env, "SELECT sealed FROM sms_authenticators"), first, "the old one works until then");
    let code = scene.phones().wait_for_nth(OTHER, 1).await;
    assert_eq!(ada.confirm(client, &code).await.status, 204);
    let export = send(client.request(Method::GET, "/api/v1/me/export").bearer_auth(&ada.access)).await;
    assert_eq!(export.text("/phone/number"), OTHER);
    assert_ne!(export.text("/phone/confirmed_at"), since);
    assert_eq!(details_about(&env, "factor.enrolled", &ada.id).len(), 2, "a new number is a new factor");
    // One warning of a kind in an hour.
    scene.clock.advance(std::time::Duration::from_secs(3_600));
    scene.server.mailbox().wait_for_nth(&ada.email, "factor_added", 2).await;
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_removed_number_ends_the_other_sessions(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    // Before there is a second factor that logins would ask for.
    let mut there = Family::open(client).await;
    prove_addresses(&env);
    let here = Family::login(client, &there.email).await;
    let ada = Holder::within(&env, client, &here).await;
    ada.enroll(client, NUMBER).await;
    let code = scene.phones().wait_for_nth(NUMBER, 1).await;
    assert_eq!(ada.confirm(client, &code).await.status, 204);
    there.assert_lives(client).await;

    assert_eq!(ada.remove(client).await.status, 204);
    there.assert_ended(client).await;
    assert_eq!(client.verify(&ada.access).await.status, 204);
    let ended = format!("id = {} AND revoke_reason = 'factor_removed'", id_literal(&env, &there.id));
    assert_eq!(count(&env, &format!("session_families WHERE {ended}")), 1);
    assert_eq!(count(&env, "sms_authenticators") + count(&env, "sms_codes"), 0);
    scene.server.mailbox().wait_for(&ada.email, "factor_removed").await;

    assert_eq!(ada.remove(client).await.status, 204, "again, and nothing happens");
    assert_eq!(details_about(&env, "factor.removed", &ada.id), [json!({"factor": "sms"})]);
    assert_eq!(count(&env, "users WHERE mfa_enrolled_at IS NOT NULL"), 1, "the app is left");
    scene.server.stop().await;
}

/// A thief's number does not wait for a session of the owner's, nor for other credentials.
#[apply(on_both_databases)]
async fn a_number_waits_in_its_session_only(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    let thief = Family::open(client).await;
    let here = Family::login(client, &thief.email).await;
    let ada = Holder::within(&env, client, &here).await;
    assert_eq!(ada.enroll(client, NUMBER).await.status, 202);
    let code = scene.phones().wait_for_nth(NUMBER, 1).await;
    let elsewhere = client.post_as(thief.access(), CONFIRM, json!({"code": code})).await;
    elsewhere.assert_problem(401, "mfa_code_invalid");
    for table in ["users", "session_families"] {
        sql(&env, &format!("UPDATE {table} SET credential_epoch = credential_epoch + 1"));
    }
    ada.confirm(client, &code).await.assert_problem(401, "mfa_code_invalid");
    for table in ["users", "session_families"] {
        sql(&env, &format!("UPDATE {table} SET credential_epoch = credential_epoch - 1"));
    }
    sql(&env, "UPDATE session_families SET revoked_at = 1, revoke_reason = 'logout'");
    ada.confirm(client, &code).await.assert_problem(401, "session_revoked");
    assert_eq!(count(&env, "sms_authenticators"), 0);
    sql(&env, "UPDATE session_families SET revoked_at = NULL, revoke_reason = NULL");
    assert_eq!(ada.confirm(client, &code).await.status, 204);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn what_waits_for_its_code_is_removed_too(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    let ada = Holder::of(&env, client).await;
    ada.enroll(client, NUMBER).await;
    let code = scene.phones().wait_for_nth(NUMBER, 1).await;
    assert_eq!(ada.remove(client).await.status, 204);
    ada.confirm(client, &code).await.assert_problem(401, "mfa_code_invalid");
    assert_eq!(details_about(&env, "factor.removed", &ada.id), Vec::<Value>::new());
    scene.server.stop().await;
}

/// OB-04, SE: a session that has proven less than the account has changes no factor.
#[apply(on_both_databases)]
async fn one_factor_is_not_enough(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    let thief = Family::open(client).await;
    let here = Family::login(client, &thief.email).await;
    let ada = Holder::within(&env, client, &here).await;
    for (method, body) in [(Method::POST, json!({"phone": NUMBER})), (Method::DELETE, Value::Null)] {
        let request = client.request(method, SMS).bearer_auth(thief.access());
        let refused = send(if body.is_null() { request } else { request.json(&body) }).await;
        refused.assert_problem(403, "step_up_required");
        assert_eq!(refused.body["acr_required"], "aal2");
        assert_eq!(refused.body["methods"], json!(["totp"]), "there is something stronger");
    }
    scene.clock.advance(std::time::Duration::from_secs(301));
    ada.enroll(client, NUMBER).await.assert_problem(403, "step_up_required");
    ada.remove(client).await.assert_problem(403, "step_up_required");
    assert_eq!(count(&env, "sms_sends"), 0);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn sms_never_stands_alone(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    let user = client.signed_in().await;
    let refused = client.post_as(&user.access, SMS, json!({"phone": NUMBER})).await;
    refused.assert_problem(409, "conflict");
    assert!(refused.text("/detail").contains("authenticator app or a passkey"), "{refused:?}");

    let ada = scene.with_number(&env, OTHER).await;
    scene.clock.advance(PAUSE);
    assert_eq!(ada.enroll(client, NUMBER).await.status, 202);
    let code = scene.phones().wait_for_nth(NUMBER, 1).await;
    remove_app(&env, &ada.id);
    ada.confirm(client, &code).await.assert_problem(401, "mfa_code_invalid");
    assert_eq!(ada.remove(client).await.status, 204);
    assert_eq!(count(&env, "users WHERE mfa_enrolled_at IS NOT NULL"), 0, "nothing is left");
    client.login(&user.email, PASSWORD).await.access();
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn one_persons_code_is_nothing_to_another(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    let (ada, bob) = (Holder::of(&env, client).await, Holder::of(&env, client).await);
    ada.enroll(client, NUMBER).await;
    let code = scene.phones().wait_for_nth(NUMBER, 1).await;
    bob.confirm(client, &code).await.assert_problem(401, "mfa_code_invalid");
    send(client.request(Method::POST, CONFIRM).json(&json!({"code": code})))
        .await
        .assert_problem(401, "token_missing");
    assert_eq!(ada.confirm(client, &code).await.status, 204);
    scene.server.stop().await;
}
