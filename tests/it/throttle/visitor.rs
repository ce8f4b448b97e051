//! Someone who comes through a trusted proxy from an address that limits hold for.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Client, Reply, send, unique_email};

/// Limits hold, and the tests are trusted to tell addresses.
pub const LIMITED: &[(&str, &str)] =
    &[("KINDRED_THROTTLE__ENABLED", "true"), ("KINDRED_SERVER__TRUSTED_PROXIES", "127.0.0.1/32")];

/// With more settings.
pub fn limited_and(further: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [LIMITED, further].concat()
}

#[derive(Clone)]
pub struct Visitor {
    client: Client,
    address: String,
}

impl Visitor {
    pub fn new(client: &Client, address: &str) -> Visitor {
        Visitor { client: client.clone(), address: address.to_owned() }
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        let request = self.client.request(Method::POST, path).header("X-Forwarded-For", &self.address);
        send(request.json(&body)).await
    }

    pub async fn login(&self, email: &str, password: &str) -> Reply {
        self.post("/api/v1/auth/login", json!({"email": email, "password": password})).await
    }

    /// A wrong guess at an account of its own that does not exist, so that only the network is the same.
    pub async fn guess(&self) -> Reply {
        self.login(&unique_email(), "wrong horse").await
    }

    /// Guesses until one is refused; gives the number that was evaluated, and the refusal.
    pub async fn guess_until_refused(&self) -> (usize, Reply) {
        for number in 0..1_000 {
            let reply = self.guess().await;
            if reply.status != 401 {
                return (number, reply);
            }
        }
        panic!("a thousand guesses were evaluated");
    }
}
