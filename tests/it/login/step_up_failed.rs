//! Who may not step up, and what that leaves.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::lock::{guess, known_standing, standing};
use crate::http::common::{prove_addresses, shared};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send};
use crate::support::eventually::wait_until;
use crate::support::family::{Family, claims};
use crate::support::security_events::details_in;
use crate::support::sql::sql;

const FIVE: &[(&str, &str)] = &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "5")];

/// A session's device is a known one: what strangers do does not count for it, nor the other way round.
#[apply(on_both_databases)]
async fn wrong_passwords_count_for_the_sessions_device(env: Env) {
    let node = env.node(FIVE).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    prove_addresses(&env);
    guess(&client, &family.email, 2).await;
    for _ in 0..2 {
        let refused = client.step_up(family.access(), family.live(), "wrong horse").await;
        refused.assert_problem(401, "invalid_credentials");
    }
    let both = || (standing(&env, &family.email), known_standing(&env, &family.email));
    let are = |unknown: &str, known: &str| (unknown.to_owned(), known.to_owned());
    assert_eq!(both(), are("2|open", "2|open"));
    let fresh = family.step_up(&client, PASSWORD).await;
    let both = || (standing(&env, &family.email), known_standing(&env, &family.email));
    assert_eq!((fresh.status, both()), (200, are("2|open", "0|open")), "{fresh:?}");

    for _ in 0..5 {
        let refused = client.step_up(family.access(), family.live(), "wrong horse").await;
        refused.assert_problem(401, "invalid_credentials");
    }
    wait_until("the pool is full", || (both() == are("2|open", "5|locked")).then_some(()));
    client.step_up(family.access(), family.live(), PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(
        client.login(&family.email, PASSWORD).await.status,
        200,
        "unknown devices have a pool of their own"
    );
    assert_eq!(both(), are("0|open", "5|locked"));
    node.mailbox().wait_for(&family.email, "account_locked").await;
    let failed = details_in(&env, "step_up.failed", &family.id);
    assert_eq!(failed, vec![json!({"reason": "invalid_credentials"}); 8]);
    assert_eq!(details_in(&env, "step_up.succeeded", &family.id).len(), 1);
    // The session goes on with the authentication it has.
    let refreshed = family.rotate(&client).await;
    assert_eq!(claims(&refreshed.access())["auth_time"], claims(&fresh.access())["auth_time"]);
}

/// A session of an earlier version was opened on no known device.
#[apply(on_both_databases)]
async fn without_a_known_device_wrong_passwords_count_for_the_unknown_ones(env: Env) {
    let node = env.node(FIVE).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    sql(&env, "UPDATE session_families SET known_device_id = NULL");
    let refused = client.step_up(family.access(), family.live(), "wrong horse").await;
    refused.assert_problem(401, "invalid_credentials");
    assert_eq!(standing(&env, &family.email), "1|open");
    assert_eq!(known_standing(&env, &family.email), "0|open");
    assert_eq!(family.step_up(&client, PASSWORD).await.status, 200);
    assert_eq!(standing(&env, &family.email), "0|open");
}

#[apply(on_both_databases)]
async fn a_session_that_has_ended_cannot_step_up(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let family = Family::open(&client).await;
    assert_eq!(client.logout(family.access()).await.status, 204);
    client.step_up(family.access(), family.live(), PASSWORD).await.assert_problem(401, "session_revoked");
    family.assert_ended(&client).await;
    assert!(details_in(&env, "step_up.succeeded", &family.id).is_empty());
}

#[apply(on_both_databases)]
async fn what_befell_the_account_meanwhile_counts(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for (befallen, code) in [
        ("UPDATE users SET status = 'disabled'", "session_revoked"),
        ("UPDATE users SET credential_epoch = credential_epoch + 1", "session_revoked"),
        ("UPDATE session_families SET revoked_at = 1, revoke_reason = 'logout'", "session_revoked"),
        ("DELETE FROM session_families", "refresh_token_invalid"),
    ] {
        let family = Family::open(&client).await;
        sql(&env, befallen);
        // Past the server: it must find out by itself.
        client.step_up(family.access(), family.live(), PASSWORD).await.assert_problem(401, code);
        assert!(details_in(&env, "step_up.succeeded", &family.id).is_empty(), "{befallen}");
        sql(&env, "UPDATE users SET status = 'active'");
    }
}

#[tokio::test]
async fn the_request_is_read_strictly() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let attempt = async |body: Value| {
        let request = client.request(Method::POST, "/api/v1/auth/step-up").bearer_auth(&user.access);
        let mut body = body;
        if body.get("no_token").is_none() {
            body["refresh_token"] = json!(user.refresh);
        } else {
            body = json!({"method": "password", "password": PASSWORD});
        }
        send(request.json(&body)).await
    };
    for (body, field) in [
        (json!({"password": PASSWORD}), "method"),
        (json!({"method": "password"}), "password"),
        (json!({"method": "totp", "password": PASSWORD}), "code"),
        (json!({"method": "webauthn", "code": "123456"}), "credential"),
        (json!({"method": "telepathy"}), "method"),
        (json!({"no_token": true}), "refresh_token"),
        (json!({"method": "password", "password": PASSWORD, "user_id": user.session_id}), "user_id"),
    ] {
        let refused = attempt(body).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.text("/errors/0/field"), field);
    }
    let request = client.request(Method::POST, "/api/v1/auth/step-up");
    let body = json!({"method": "password", "password": PASSWORD, "refresh_token": user.refresh});
    let anonymous = send(request.json(&body)).await;
    anonymous.assert_problem(401, "token_missing");
}
