//! Which factor may follow which, and what comes of it: every second factor after a password, and every factor in
//! sessions that began in each way.

use macro_rules_attribute::apply;
use reqwest::Method;
use reqwest::header::USER_AGENT;
use serde_json::{Value, json};

use super::person::{FIREFOX, Person};
use super::scene::{STEP, verify};
use crate::passkeys::scene::{log_in, usual};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, send};
use crate::support::family::Family;
use crate::support::family::claims;

const METHODS: [&str; 4] = ["totp", "backup_code", "sms", "webauthn"];

/// What the access token says of the session.
fn assurance(reply: &Reply) -> (Value, Value) {
    let claims = claims(&reply.access());
    (claims["amr"].clone(), claims["acr"].clone())
}

fn amr(method: &str) -> &'static str {
    match method {
        "totp" | "backup_code" => "otp",
        "sms" => "sms",
        _ => "swk",
    }
}

#[apply(on_both_databases)]
async fn every_factor_may_follow_a_password(env: Env) {
    let mut person = Person::new(&env).await;
    for method in METHODS {
        let (found, acr) = assurance(&person.log_in(method).await);
        let found: Vec<&str> = found.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        assert_eq!(acr, "aal2", "{method}");
        for part in ["pwd", amr(method), "mfa"] {
            assert!(found.contains(&part), "{method}: {found:?}");
        }
    }
    person.server.stop().await;
}

/// MF-10: whatever a session began with, any factor makes it AAL2, no factor lowers it, and it lasts.
#[apply(on_both_databases)]
async fn every_factor_raises_every_session(env: Env) {
    let mut person = Person::new(&env).await;
    let device = person.log_in("totp").await.text("/device_token");
    for method in METHODS {
        let body = json!({"email": person.enrolled.email(), "password": PASSWORD, "device_token": device});
        let request = person.client().request(Method::POST, "/api/v1/auth/login");
        let trusted = send(request.header(USER_AGENT, FIREFOX).json(&body)).await;
        assert_eq!(assurance(&trusted), (json!(["pwd"]), json!("aal1")), "{method}");
        let passwordless = log_in(person.client(), &person.passkey, &usual()).await;
        assert_eq!(assurance(&passwordless).1, "aal2", "{method}");
        for began in [trusted, passwordless] {
            let mut family = Family::of(person.enrolled.email(), &began);
            let raised = person.step_up(&mut family, method).await;
            assert_eq!(raised.status, 200, "{method}: {raised:?}");
            assert_eq!(assurance(&raised).1, "aal2", "{method}");
            let refreshed = person.client().refresh(family.live(), None).await;
            assert_eq!(assurance(&refreshed), assurance(&raised), "{method}");
        }
    }
    person.server.stop().await;
}

/// A password follows nothing, and a code of one kind is none of another.
#[apply(on_both_databases)]
async fn nothing_else_follows(env: Env) {
    let mut person = Person::new(&env).await;
    let session = person.log_in("totp").await;
    let (access, refresh) = (session.access(), session.refresh_token());
    person.client().step_up(&access, &refresh, PASSWORD).await.assert_problem(403, "step_up_required");
    let token = person.enrolled.challenge(person.client()).await;
    person.clock.advance(STEP);
    let code = person.code();
    let backup = person.backup_codes[0].clone();
    for (method, wrong) in [("sms", &code), ("backup_code", &code), ("totp", &backup), ("sms", &backup)] {
        let reply = verify(person.client(), &token, method, wrong).await;
        reply.assert_problem(401, "mfa_code_invalid");
    }
    let body = json!({"challenge_token": token, "method": "password", "password": PASSWORD});
    let reply = send(person.client().request(Method::POST, "/api/v1/auth/mfa/verify").json(&body)).await;
    reply.assert_problem(422, "validation_failed");
    person.server.stop().await;
}
