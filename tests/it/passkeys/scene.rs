//! What these tests share: a service at a domain, and someone with a passkey.

use reqwest::Method;
use serde_json::{Value, json};

use crate::mfa::scene::step_up_with;
use crate::support::authenticator::{Behaviour, Passkey};
use crate::support::backend::Env;
use crate::support::client::{Client, Reply, send};
use crate::support::family::Family;
use crate::support::sql::sql;

pub const RP_ID: &str = "example.test";
pub const ORIGIN: &str = "https://id.example.test";
/// Settings of the service.
pub const SERVICE: &[(&str, &str)] =
    &[("KINDRED_WEBAUTHN__RP_ID", RP_ID), ("KINDRED_WEBAUTHN__ORIGINS", ORIGIN)];

pub const PASSKEYS: &str = "/api/v1/me/passkeys";
pub const OPTIONS: &str = "/api/v1/me/passkeys/options";
pub const LOGIN_OPTIONS: &str = "/api/v1/auth/passkey/options";
pub const VERIFY: &str = "/api/v1/auth/passkey/verify";

/// What a well-behaved browser does.
pub fn usual() -> Behaviour {
    Behaviour::at(ORIGIN)
}

/// Someone with a session and a passkey.
pub struct Holder {
    pub family: Family,
    pub passkey: Passkey,
    /// Of the passkey, as the server calls it.
    pub id: String,
}

impl Holder {
    pub async fn new(client: &Client) -> Holder {
        Holder::with(client, &usual()).await
    }

    /// With a passkey that was made like this. One that counts has counted one more since.
    pub async fn with(client: &Client, behaviour: &Behaviour) -> Holder {
        let mut family = Family::open(client).await;
        let (passkey, added) = enroll(client, family.access(), behaviour).await;
        assert_eq!(added.status, 201, "{added:?}");
        // Adding it raises nothing: the session rises by a step-up, for which a counter has to rise.
        let next = behaviour.counter.map(|counter| counter + 1);
        raise(client, &mut family, &passkey, &Behaviour { counter: next, ..behaviour.clone() }).await;
        Holder { family, passkey, id: added.text("/passkey/id") }
    }
}

/// A step-up with a passkey: the session is one of two factors from then on.
pub async fn raise(client: &Client, family: &mut Family, passkey: &Passkey, behaviour: &Behaviour) {
    let asked = json!({"method": "webauthn"});
    let asked = client.call(Method::POST, "/api/v1/auth/step-up/challenge", family.access(), asked).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let factor = json!({"method": "webauthn", "credential": passkey.get(&asked.body, behaviour)});
    let raised = step_up_with(client, family, factor).await;
    assert_eq!(raised.status, 200, "{raised:?}");
}

/// Begins a registration: the ceremony's id, and the options.
pub async fn registration(client: &Client, access: &str) -> (String, Value) {
    begun(client.call(Method::POST, OPTIONS, access, json!({})).await)
}

pub async fn add(client: &Client, access: &str, ceremony: &str, credential: &Value) -> Reply {
    let body = json!({"ceremony": ceremony, "credential": credential});
    client.call(Method::POST, PASSKEYS, access, body).await
}

/// A whole registration.
pub async fn enroll(client: &Client, access: &str, behaviour: &Behaviour) -> (Passkey, Reply) {
    let (ceremony, options) = registration(client, access).await;
    let (passkey, credential) = Passkey::create(&options, behaviour);
    let reply = add(client, access, &ceremony, &credential).await;
    (passkey, reply)
}

/// Begins a login: the ceremony's id, and the options.
pub async fn begin_login(client: &Client) -> (String, Value) {
    begun(send(client.request(Method::POST, LOGIN_OPTIONS).json(&json!({}))).await)
}

pub async fn verify(client: &Client, ceremony: &str, credential: &Value) -> Reply {
    let body = json!({"ceremony": ceremony, "credential": credential});
    send(client.request(Method::POST, VERIFY).json(&body)).await
}

/// A whole login.
pub async fn log_in(client: &Client, passkey: &Passkey, behaviour: &Behaviour) -> Reply {
    let (ceremony, options) = begin_login(client).await;
    verify(client, &ceremony, &passkey.get(&options, behaviour)).await
}

pub async fn list(client: &Client, access: &str) -> Vec<Value> {
    let reply = client.call(Method::GET, PASSKEYS, access, Value::Null).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().expect("items").clone()
}

/// How many sessions there ever were.
pub fn sessions(env: &Env) -> usize {
    sql(env, "SELECT count(*) FROM session_families").parse().expect("a number")
}

/// How many ceremonies were spent.
pub fn spent(env: &Env) -> usize {
    let count = sql(env, "SELECT count(*) FROM webauthn_ceremony_uses");
    count.parse().expect("a number")
}

#[track_caller]
fn begun(reply: Reply) -> (String, Value) {
    assert_eq!(reply.status, 200, "{reply:?}");
    (reply.text("/ceremony"), reply.body["options"].clone())
}
