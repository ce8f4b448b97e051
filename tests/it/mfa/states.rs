//! AU-14: what was begun while an account was in order comes to nothing once it is not, by whichever way in.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::person::Person;
use super::scene::{STEP, verify};
use crate::passkeys::scene::{begin_login, usual};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, send};
use crate::support::sql::sql;

/// Ways in that were begun.
struct Begun {
    challenge: String,
    ceremony: String,
    assertion: Value,
}

async fn begin(person: &Person) -> Begun {
    person.clock.advance(STEP);
    let challenge = person.enrolled.challenge(person.client()).await;
    let (ceremony, options) = begin_login(person.client()).await;
    Begun { challenge, ceremony, assertion: person.passkey.get(&options, &usual()) }
}

async fn post(person: &Person, path: &str, body: Value) -> Reply {
    send(person.client().request(Method::POST, path).json(&body)).await
}

/// Each way in, with what is right for it, and its answer.
async fn try_all(person: &Person, begun: &Begun) -> Vec<(&'static str, Reply)> {
    let client = person.client();
    let family = &person.enrolled.family;
    let asked = json!({"challenge_token": begun.challenge, "method": "webauthn"});
    let passkey = json!({"ceremony": begun.ceremony, "credential": begun.assertion});
    let token = family.live();
    let totp = json!({"method": "totp", "code": person.code(), "refresh_token": token});
    let webauthn = json!({"method": "webauthn"});
    let password = json!({"current_password": PASSWORD, "new_password": "another-Horse-43-battery", "refresh_token": token});
    vec![
        ("login", client.login(&family.email, PASSWORD).await),
        ("mfa/challenge", post(person, "/api/v1/auth/mfa/challenge", asked).await),
        ("mfa/verify", verify(client, &begun.challenge, "totp", &person.code()).await),
        ("passkey/verify", post(person, "/api/v1/auth/passkey/verify", passkey).await),
        ("refresh", client.refresh(family.live(), None).await),
        ("step-up", client.call(Method::POST, "/api/v1/auth/step-up", family.access(), totp).await),
        (
            "step-up/challenge",
            client.call(Method::POST, "/api/v1/auth/step-up/challenge", family.access(), webauthn).await,
        ),
        (
            "change",
            client.call(Method::POST, "/api/v1/auth/password/change", family.access(), password).await,
        ),
    ]
}

fn sessions(env: &Env) -> String {
    sql(env, "SELECT count(*), max(generation) FROM session_families")
}

#[apply(on_both_databases)]
async fn no_way_in_is_left_to_who_may_not_act(env: Env) {
    let person = Person::new(&env).await;
    for status in ["disabled", "erasing", "quarantined"] {
        let (begun, before) = (begin(&person).await, sessions(&env));
        sql(&env, &format!("UPDATE users SET status = '{status}'"));
        for (way, reply) in try_all(&person, &begun).await {
            let is_login = matches!(way, "login" | "mfa/challenge" | "mfa/verify" | "passkey/verify");
            let expected = if is_login { (403, "account_not_active") } else { (401, "session_revoked") };
            let code = reply.body["code"].as_str().unwrap_or_default();
            assert_eq!((reply.status, code), expected, "{status}, {way}: {reply:?}");
        }
        assert_eq!(sessions(&env), before, "{status}");
        sql(&env, "UPDATE users SET status = 'active'");
    }
    person.server.stop().await;
}

/// After a reset by an administrator no one comes in before the owner had time to object.
#[apply(on_both_databases)]
async fn nor_after_a_reset(env: Env) {
    let person = Person::new(&env).await;
    let (begun, before) = (begin(&person).await, sessions(&env));
    sql(&env, "UPDATE users SET mfa_reset_until = 9000000000000000");
    for (way, reply) in try_all(&person, &begun).await.into_iter().take(4) {
        assert_eq!(reply.status, 403, "{way}: {reply:?}");
        reply.assert_problem(403, "mfa_reset_pending");
    }
    assert_eq!(sessions(&env).split('|').next(), before.split('|').next());
    person.server.stop().await;
}

/// What strangers guess does not end the login of an owner who knew the password.
#[apply(on_both_databases)]
async fn guesses_of_strangers_end_no_login_that_waits(env: Env) {
    let person = Person::with(&env, &[("KINDRED_THROTTLE__PASSWORD_FAILURES", "2")]).await;
    let begun = begin(&person).await;
    for _ in 0..3 {
        person
            .client()
            .login(person.enrolled.email(), "wrong horse")
            .await
            .assert_problem(401, "invalid_credentials");
    }
    let code = person.code();
    assert_eq!(verify(person.client(), &begun.challenge, "totp", &code).await.status, 200);
    // A passkey needs no password, and is not locked out with it (AU-11).
    let passkey = json!({"ceremony": begun.ceremony, "credential": begun.assertion});
    assert_eq!(post(&person, "/api/v1/auth/passkey/verify", passkey).await.status, 200);
    person.server.stop().await;
}
