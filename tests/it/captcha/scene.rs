//! What these tests share: registrations with an answer, and finding one.

use altcha::{Payload, SolveChallengeOptions, solve_challenge};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::client::{Client, PASSWORD, Reply, unique_email};

/// Registrations must come with an answer.
pub const DEMANDED: (&str, &str) = ("KINDRED_CAPTCHA__REGISTRATION", "true");
/// A proof of work that even a debug build finds at once.
pub const CHEAP: (&str, &str) = ("KINDRED_CAPTCHA__COST", "1");

pub async fn register_with(client: &Client, captcha_token: &str) -> Reply {
    let body = json!({"email": unique_email(), "password": PASSWORD, "captcha_token": captcha_token});
    client.post("/api/v1/auth/register", body).await
}

/// A challenge for an action, as the server gives it.
pub async fn challenge(client: &Client, action: &str) -> Value {
    let reply = client.get(&format!("/api/v1/auth/captcha?action={action}")).await;
    reply.assert_status(200);
    reply.body
}

/// The answer to a challenge of the proof of work, still to be written as text.
pub fn solve(challenge: &Value) -> Payload {
    let challenge = serde_json::from_value(challenge.clone()).expect("a challenge of ALTCHA");
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).expect("it can be solved");
    Payload { challenge, solution: solution.expect("in time") }
}

pub fn token(payload: &Payload) -> String {
    STANDARD.encode(serde_json::to_vec(payload).expect("JSON"))
}

/// An answer for an action.
pub async fn answer(client: &Client, action: &str) -> String {
    token(&solve(&challenge(client, action).await))
}
