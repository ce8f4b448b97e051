//! Identities are linked by the owner of a session, in this session.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{CHALLENGE, COMPLETE, IDENTITIES, Scene, VERIFIER, begin, code_of, come_back};
use crate::http::common::prove_addresses;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{SignedIn, unique_email};
use crate::support::fake_provider::Person;
use crate::support::security_events::details;
use crate::support::sql::sql;

/// The query of the address at which the linking begins.
async fn ticket(scene: &Scene, user: &SignedIn) -> String {
    let body = json!({ "return_to": "/account", "code_challenge": CHALLENGE });
    let begun = scene.client().post_as(&user.access, &format!("{IDENTITIES}/staff"), body).await;
    begun.assert_status(200);
    let url = begun.text("/authorize_url");
    let (path, query) = url.split_once('?').expect("a query");
    assert!(path.ends_with("/api/v1/auth/federation/staff/start"), "{url}");
    query.to_owned()
}

/// Brings an identity back for the application that has asked for it.
async fn linking_code(scene: &Scene, user: &SignedIn, person: &Person) -> String {
    let (mut browser, query) = (scene.browser(), ticket(scene, user).await);
    let authorize = begin(&mut browser, "staff", &query).await;
    code_of(&come_back(&mut browser, &scene.staff.log_in(&authorize, person)).await)
}

fn body(code: &str) -> Value {
    json!({ "code": code, "code_verifier": VERIFIER })
}

#[apply(on_both_databases)]
async fn an_identity_is_linked_and_leads_to_the_account(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let (ada, bob) = (client.signed_in().await, client.signed_in().await);
    prove_addresses(&env);
    let person = Person::at("1", &unique_email());
    let code = linking_code(&scene, &ada, &person).await;
    // Neither another account nor the login can use it.
    client.post_as(&bob.access, IDENTITIES, body(&code)).await.assert_problem(401, "federation_failed");
    client.post(COMPLETE, body(&code)).await.assert_problem(401, "federation_failed");
    client.post_as(&ada.access, IDENTITIES, body(&code)).await.assert_status(204);
    client.post_as(&ada.access, IDENTITIES, body(&code)).await.assert_problem(401, "federation_failed");
    let login = scene.signed_in(&person).await;
    assert_eq!(scene.me(&login).await.text("/email"), ada.email);
    assert_eq!(details(&env, "identity.linked"), [json!({"provider": "staff"})]);
    scene.node.mailbox().wait_for(&ada.email, "identity_linked").await;
    // It belongs to one account.
    let taken = linking_code(&scene, &bob, &person).await;
    client.post_as(&bob.access, IDENTITIES, body(&taken)).await.assert_problem(409, "conflict");
    let twice = linking_code(&scene, &ada, &person).await;
    client.post_as(&ada.access, IDENTITIES, body(&twice)).await.assert_status(204);
    // Removing it ends the sessions that may rest on it.
    let listed = client.call(Method::GET, IDENTITIES, &ada.access, Value::Null).await;
    let id = listed.text("/items/0/id");
    let removed = client.call(Method::DELETE, &format!("{IDENTITIES}/{id}"), &ada.access, Value::Null).await;
    removed.assert_status(204);
    client.verify(&login.access()).await.assert_problem(401, "session_revoked");
    // A session that another node has ended, of which this one has not heard, links nothing.
    let late = linking_code(&scene, &bob, &Person::at("2", &unique_email())).await;
    sql(&env, "UPDATE session_families SET revoked_at = 1, revoke_reason = 'ended_by_user'");
    client.post_as(&bob.access, IDENTITIES, body(&late)).await.assert_problem(401, "session_revoked");
    assert_eq!(sql(&env, "SELECT count(*) FROM identities"), "0");
}

/// A stranger makes the browser of someone else open the address at which the linking to the stranger's account begins, so that
/// the victim's identity would lead there; or sends the victim the code of their own identity.
#[tokio::test]
async fn linking_cannot_be_begun_for_someone_else() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let (stranger, mut victim) = (client.signed_in().await, scene.browser());
    let email = victim.signed_in().await;
    prove_addresses(&env);
    let body = json!({ "return_to": "/account" });
    let begun = client.post_as(&stranger.access, &format!("{IDENTITIES}/staff"), body).await;
    let query = begun.text("/authorize_url").split_once('?').expect("a query").1.to_owned();
    let authorize = begin(&mut victim, "staff", &query).await;
    let code =
        code_of(&come_back(&mut victim, &scene.staff.log_in(&authorize, &Person::at("1", &email))).await);
    victim.post(IDENTITIES, json!({ "code": code })).await.assert_problem(401, "federation_failed");
    // The stranger does not have the victim's browser.
    let by_stranger = client.post_as(&stranger.access, IDENTITIES, json!({ "code": code })).await;
    by_stranger.assert_problem(401, "federation_failed");
    // Nor does a page of another site begin it in the victim's session.
    let mut foreign = victim.page_of("https://evil.example", "cross-site");
    let path = format!("{IDENTITIES}/staff");
    foreign.post(&path, json!({ "return_to": "/" })).await.assert_problem(403, "origin_not_allowed");
    assert!(details(&env, "identity.linked").is_empty());
}

#[tokio::test]
async fn linking_needs_a_recent_authentication_and_a_known_target() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let user = client.signed_in().await;
    let path = format!("{IDENTITIES}/staff");
    let evil = json!({ "return_to": "https://evil.example" });
    client.post_as(&user.access, &path, evil).await.assert_problem(422, "validation_failed");
    let unknown =
        client.post_as(&user.access, &format!("{IDENTITIES}/unknown"), json!({ "return_to": "/" })).await;
    unknown.assert_problem(404, "not_found");
    client.post(&path, json!({ "return_to": "/" })).await.assert_problem(401, "token_missing");
    // A session that is older.
    sql(&env, "UPDATE session_families SET auth_time = auth_time - 3600000000");
    let refreshed = client.refresh(&user.refresh, None).await;
    let old = client.post_as(&refreshed.access(), &path, json!({ "return_to": "/" })).await;
    old.assert_problem(403, "step_up_required");
    assert_eq!(old.body["methods"], json!(["password"]));
}
