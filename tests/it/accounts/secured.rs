//! An account that its owner has secured by the link in a warning: neither the password nor a passkey counts before the owner
//! has set a new password.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::scene::{LinkScene, NEW_PASSWORD, RESET};
use crate::http::common::prove_addresses;
use crate::passkeys::scene::{SERVICE, begin_login, enroll, log_in, usual, verify};
use crate::support::authenticator::Behaviour;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply};
use crate::support::family::Family;
use crate::support::mailbox::Mail;
use crate::support::security_events::details;
use crate::support::sql::sql;

const ACT: &str = "/api/v1/auth/links/act";

/// The token of the link that a warning offers to people who know nothing of the matter.
fn help_token(warning: &Mail) -> String {
    let (_, rest) =
        warning.text.split_once("/account/secure?token=").expect("a link that secures the account");
    rest.split_whitespace().next().expect("a token").to_owned()
}

/// What a client can tell from an answer.
fn told(reply: &Reply) -> (u16, Value) {
    let mut body = reply.body.clone();
    body["correlation_id"] = Value::Null;
    (reply.status, body)
}

#[apply(on_both_databases)]
async fn neither_password_nor_passkey_logs_in_before_the_reset(env: Env) {
    let scene = LinkScene::start(&env, SERVICE).await;
    let client = &scene.client;
    let owner = Family::open(client).await;
    prove_addresses(&env);
    let (passkey, added) = enroll(client, owner.access(), &usual()).await;
    assert_eq!(added.status, 201, "{added:?}");
    let warning = scene.mailbox.wait_for(&owner.email, "factor_added").await;
    // All that someone may have begun before.
    let (ceremony, options) = begin_login(client).await;
    let challenge = client.login(&owner.email, PASSWORD).await.text("/challenge_token");
    let body = json!({"token": help_token(&warning), "action": "secure_account"});
    assert_eq!(client.post(ACT, body).await.status, 204);

    owner.assert_ended(client).await;
    let code = added.text("/backup_codes/0");
    let body = json!({"challenge_token": challenge, "method": "backup_code", "code": code});
    client.post("/api/v1/auth/mfa/verify", body).await.assert_problem(401, "challenge_invalid");
    let right = client.login(&owner.email, PASSWORD).await;
    right.assert_problem(401, "invalid_credentials");
    assert_eq!(told(&right), told(&client.login(&owner.email, "a wrong one 42 moons").await));
    let right = verify(client, &ceremony, &passkey.get(&options, &usual())).await;
    right.assert_problem(401, "invalid_credentials");
    let wrong = log_in(client, &passkey, &Behaviour { tamper: true, ..usual() }).await;
    assert_eq!(told(&right), told(&wrong));
    let failure = json!({"reason": "invalid_credentials", "method": "passkey"});
    assert!(details(&env, "login.failed").contains(&failure), "the owner finds it in the security events");

    let reset = scene.mailbox.wait_for(&owner.email, "account_secured").await.token();
    let factor = json!({"method": "backup_code", "code": code});
    let body = json!({"token": reset, "new_password": NEW_PASSWORD, "mfa": factor});
    let done = scene.post(RESET, body).await;
    assert_eq!(done.status, 200, "{done:?}");
    // The passkey may be an intruder's: first comes the person who knows the new password.
    log_in(client, &passkey, &usual()).await.assert_problem(401, "invalid_credentials");
    let challenge = client.login(&owner.email, NEW_PASSWORD).await.text("/challenge_token");
    let code = added.text("/backup_codes/1");
    let body = json!({"challenge_token": challenge, "method": "backup_code", "code": code});
    assert_eq!(client.post("/api/v1/auth/mfa/verify", body).await.status, 200);
    assert_eq!(log_in(client, &passkey, &usual()).await.status, 200);
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE secured_at IS NOT NULL"), "0");
}

/// The owner may have lost the mail, or read it too late.
#[apply(on_both_databases)]
async fn any_link_to_the_owner_resets_the_password(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let client = &scene.client;
    let email = scene.verified().await;
    let now = "SELECT changed_at FROM password_credentials WHERE user_id = users.id";
    sql(&env, &format!("UPDATE users SET secured_at = ({now})"));
    client.login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    let token = scene.reset_token(&email, 1).await;
    assert_eq!(scene.reset(&token, NEW_PASSWORD).await.status, 200);
    assert_eq!(client.login(&email, NEW_PASSWORD).await.status, 200);
}
