//! Login with a passkey alone.

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Holder, PASSKEYS, RP_ID, SERVICE, begin_login, list, log_in, sessions, usual, verify};
use crate::http::common::{members, prove_addresses};
use crate::support::authenticator::Behaviour;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::family::claims;
use crate::support::metrics::metric;
use crate::support::security_events::details;
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn a_passkey_logs_its_owner_in_with_two_factors(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let (holder, _other) = (Holder::new(&client).await, Holder::new(&client).await);
    let (ceremony, options) = begin_login(&client).await;
    assert_eq!(members(&options), ["publicKey"]);
    let asked = &options["publicKey"];
    assert_eq!((&asked["rpId"], &asked["userVerification"]), (&json!(RP_ID), &json!("required")));
    assert_eq!(asked["allowCredentials"], json!([]), "the user who logs in is not named");
    let login = verify(&client, &ceremony, &holder.passkey.get(&options, &usual())).await;
    assert_eq!(login.status, 200, "{login:?}");
    assert_eq!(login.body["user"]["email"], holder.family.email.as_str());
    assert_eq!(login.body["session"]["aal"], 2);
    assert_eq!(login.body["session"]["amr"], json!(["swk", "user", "mfa"]));
    let claims = claims(&login.access());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal2"), &json!(["swk", "user", "mfa"])));
    assert_eq!(client.me(&login.access()).await.status, 200);
    let refreshed = client.refresh(&login.refresh_token(), None).await;
    assert_eq!(refreshed.body["session"]["aal"], 2);
    assert!(list(&client, &login.access()).await[0]["last_used_at"].is_string());
    assert_eq!(details(&env, "login.succeeded").last().expect("one")["amr"], json!(["swk", "user", "mfa"]));
    let counted = metric(&node, "auth_login_total", &[("method", "passkey"), ("outcome", "success")]);
    assert_eq!(counted.await, 1.0);
    // It is as good as two: what asks for both is open at once.
    let path = format!("{PASSKEYS}/{}", holder.id);
    assert_eq!(client.call(Method::DELETE, &path, &refreshed.access(), Value::Null).await.status, 204);
}

#[apply(on_both_databases)]
async fn a_passkey_that_stays_in_its_device_says_so(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let bound = Behaviour { backup_eligible: false, backed_up: false, counter: Some(1), ..usual() };
    let holder = Holder::with(&client, &bound).await;
    let login = log_in(&client, &holder.passkey, &Behaviour { counter: Some(3), ..bound }).await;
    assert_eq!(login.status, 200, "{login:?}");
    assert_eq!(login.body["session"]["amr"], json!(["hwk", "user", "mfa"]));
    assert_eq!(list(&client, &login.access()).await[0]["synced"], false);
}

#[apply(on_both_databases)]
async fn one_assertion_is_one_session(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    let before = sessions(&env);
    let (ceremony, options) = begin_login(&client).await;
    let credential = holder.passkey.get(&options, &usual());
    let answers = join_all((0..20).map(async |_| verify(&client, &ceremony, &credential).await)).await;
    let (opened, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|reply| reply.status == 200);
    assert_eq!((opened.len(), refused.len()), (1, 19));
    for reply in refused {
        reply.assert_problem(401, "challenge_invalid");
    }
    verify(&client, &ceremony, &credential).await.assert_problem(401, "challenge_invalid");
    assert_eq!(sessions(&env), before + 1);
    // Those that came too late for the row are the account's; those that found it are counted.
    let counted = metric(&node, "auth_stranger_requests_total", &[("kind", "passkey.unknown")]).await;
    assert_eq!(details(&env, "login.failed").len() as f64 + counted, 20.0);
}

#[apply(on_both_databases)]
async fn an_account_that_may_not_log_in_does_not(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    let before = sessions(&env);
    // Begun while all was well.
    let (ceremony, options) = begin_login(&client).await;
    sql(&env, "UPDATE users SET status = 'disabled'");
    let credential = holder.passkey.get(&options, &usual());
    verify(&client, &ceremony, &credential).await.assert_problem(403, "account_not_active");
    // Told only after the right passkey.
    let wrong = log_in(&client, &holder.passkey, &Behaviour { tamper: true, ..usual() }).await;
    wrong.assert_problem(401, "invalid_credentials");
    // It was used, so that no one keeps it for better days.
    sql(&env, "UPDATE users SET status = 'active'");
    verify(&client, &ceremony, &credential).await.assert_problem(401, "challenge_invalid");
    assert_eq!(sessions(&env), before);
    assert_eq!(details(&env, "login.failed")[0], json!({"reason": "not_active", "method": "passkey"}));
    assert_eq!(log_in(&client, &holder.passkey, &usual()).await.status, 200);
}

#[apply(on_both_databases)]
async fn an_address_must_be_verified_for_a_passkey_too(env: Env) {
    let mut lenient = env.node(SERVICE).await;
    let holder = Holder::new(&lenient.client()).await;
    lenient.kill_9();
    let strict = [SERVICE, &[("KINDRED_ACCOUNTS__EMAIL_VERIFICATION", "required")]].concat();
    let node = env.node(&strict).await;
    let client = node.client();
    log_in(&client, &holder.passkey, &usual()).await.assert_problem(403, "email_not_verified");
    sql(&env, "UPDATE users SET email_verified_at = 1");
    assert_eq!(log_in(&client, &holder.passkey, &usual()).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_stranger_who_guesses_passwords_does_not_lock_the_passkey(env: Env) {
    let settings = [SERVICE, &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "3")]].concat();
    let node = env.node(&settings).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    for _ in 0..4 {
        client
            .login(&holder.family.email, "no-such-Password-1")
            .await
            .assert_problem(401, "invalid_credentials");
    }
    client.login(&holder.family.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(log_in(&client, &holder.passkey, &usual()).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_login_with_a_passkey_is_a_login(env: Env) {
    let settings = [SERVICE, &[("KINDRED_SESSIONS__MAX_PER_USER", "2")]].concat();
    let node = env.node(&settings).await;
    let client = node.client();
    let holder = Holder::new(&client).await;
    prove_addresses(&env);
    sql(&env, "UPDATE users SET erase_at = 4000000000000000");
    let first = log_in(&client, &holder.passkey, &usual()).await;
    assert_eq!(first.status, 200);
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE erase_at IS NOT NULL"), "0");
    node.mailbox().wait_for(&holder.family.email, "erasure_cancelled").await;
    assert_eq!(log_in(&client, &holder.passkey, &usual()).await.status, 200);
    // The least recently used ends beyond the limit.
    holder.family.assert_ended(&client).await;
    assert_eq!(client.verify(&first.access()).await.status, 204);
}
