//! Registration where addresses must be verified, and where they need not.

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{LinkScene, NEW_PASSWORD, REGISTER, REQUIRED, VERIFY};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::security_events::count_events;
use crate::support::sql::sql;

const EMAIL: &str = "ada@example.com";

#[apply(on_both_databases)]
async fn where_it_is_required_the_mail_comes_first(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    let body = json!({"email": EMAIL, "password": PASSWORD, "display_name": "Ada", "locale": "de-AT"});
    let reply = scene.post(REGISTER, body).await;
    assert_eq!((reply.status, reply.text("/status").as_str()), (202, "verification_sent"), "{reply:?}");
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "0", "there is no account yet");

    let mail = scene.mailbox.wait_for(EMAIL, "verify_email").await;
    assert!(!mail.raw.contains("Ada"), "a stranger's mail carries no words of ours: {}", mail.raw);
    let verified = scene.verify(&mail.token()).await;
    assert_eq!(verified.status, 200, "{verified:?}");
    assert!(verified.text("/device_token").starts_with("kd2_"), "{verified:?}");
    assert_eq!(sql(&env, "SELECT display_name, locale FROM users"), "Ada|de-AT");
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE email_verified_at IS NULL"), "0");
    assert_eq!(sql(&env, "SELECT count(*) FROM pending_registrations"), "0");
    let login = scene.client.login(EMAIL, PASSWORD).await;
    assert_eq!(login.status, 200, "{login:?}");
    assert_eq!((count_events(&env, "account.registered"), count_events(&env, "email.verified")), (1, 1));
}

#[apply(on_both_databases)]
async fn where_it_is_optional_the_account_works_at_once(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let reply = scene.client.register(EMAIL, PASSWORD).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let login = scene.client.login(EMAIL, PASSWORD).await;
    assert_eq!(scene.client.me(&login.access()).await.body["email_verified"], false);
    let token = scene.mailbox.wait_for(EMAIL, "verify_email").await.token();
    scene.post(VERIFY, json!({"token": token})).await.assert_problem(422, "validation_failed");
    assert_eq!(scene.verify(&token).await.status, 200);
    assert_eq!(scene.client.me(&login.access()).await.body["email_verified"], true);
    scene.client.register(EMAIL, PASSWORD).await.assert_problem(409, "email_taken");
    scene.mailbox.assert_none(&env, EMAIL, "address_taken").await;
}

#[apply(on_both_databases)]
async fn the_owner_of_a_taken_address_is_told(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    let owner = scene.verified().await;
    let before = sql(&env, "SELECT id, email, credential_epoch, updated_at FROM users");
    let body = json!({"email": owner.to_uppercase(), "password": NEW_PASSWORD, "display_name": "Eve <b>"});
    let reply = scene.post(REGISTER, body).await;
    assert_eq!((reply.status, reply.text("/status").as_str()), (202, "verification_sent"), "{reply:?}");
    let mail = scene.mailbox.wait_for(&owner, "address_taken").await;
    assert!(!mail.raw.contains("Eve"), "{}", mail.raw);
    assert!(mail.link().ends_with("/account/forgot-password"), "{}", mail.link());
    assert_eq!(sql(&env, "SELECT id, email, credential_epoch, updated_at FROM users"), before);
    scene.client.login(&owner, NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(scene.client.login(&owner, PASSWORD).await.status, 200);
    assert_eq!(scene.mailbox.all(&owner, "verify_email").len(), 1, "it is verified");
}

#[apply(on_both_databases)]
async fn a_password_that_may_not_be_chosen_is_refused_for_a_taken_address_too(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    let owner = scene.verified().await;
    for email in [owner.as_str(), "nobody@example.com"] {
        let reply = scene.client.register(email, "password1").await;
        reply.assert_problem(422, "weak_password");
        assert_eq!(reply.text("/errors/0/field"), "password");
    }
    scene.mailbox.assert_none(&env, &owner, "address_taken").await;
    let reply = scene.post(REGISTER, json!({"email": EMAIL, "password": PASSWORD, "locale": "de_DE"})).await;
    reply.assert_problem(422, "validation_failed");
    assert_eq!(reply.text("/errors/0/field"), "locale");
}

#[apply(on_both_databases)]
async fn a_captcha_token_is_accepted(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let body = json!({"email": EMAIL, "password": PASSWORD, "captcha_token": "x"});
    assert_eq!(scene.post(REGISTER, body).await.status, 201);
}
