//! A session as its client holds it: every token it was ever given, by generation.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kindred::clock::{Clock, SystemClock};
use serde_json::Value;

use super::backend::{Backend, Env};
use super::client::{Client, PASSWORD, Reply, SignedIn};
use crate::support::sql::{id_literal, sql};

#[derive(Clone, Debug)]
pub struct Family {
    pub email: String,
    pub id: String,
    /// The first is generation 1, the last is the live one.
    pub refresh: Vec<String>,
    pub access: Vec<String>,
}

impl Family {
    /// The first session of someone new.
    pub async fn open(client: &Client) -> Family {
        Family::of_user(&client.signed_in().await)
    }

    /// The session that someone was signed in with.
    pub fn of_user(user: &SignedIn) -> Family {
        Family {
            email: user.email.clone(),
            id: user.session_id.clone(),
            refresh: vec![user.refresh.clone()],
            access: vec![user.access.clone()],
        }
    }

    /// One more session of the same user.
    pub async fn sibling(&self, client: &Client) -> Family {
        Family::login(client, &self.email).await
    }

    /// A session of someone who has registered.
    pub async fn login(client: &Client, email: &str) -> Family {
        let reply = client.login(email, PASSWORD).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        Family::of(email, &reply)
    }

    /// The session that a login has answered with.
    pub fn of(email: &str, reply: &Reply) -> Family {
        Family {
            email: email.to_owned(),
            id: reply.session_id(),
            refresh: vec![reply.refresh_token()],
            access: vec![reply.access()],
        }
    }

    /// Spends the live token.
    pub async fn rotate(&mut self, client: &Client) -> Reply {
        self.rotate_as(client, None).await
    }

    /// Spends the live token with this `Idempotency-Key`.
    pub async fn rotate_as(&mut self, client: &Client, key: Option<&str>) -> Reply {
        let reply = client.refresh(self.live(), key).await;
        self.take(&reply);
        reply
    }

    /// Proves the password again, and keeps the tokens if that is right.
    pub async fn step_up(&mut self, client: &Client, password: &str) -> Reply {
        let reply = client.step_up(self.access(), self.live(), password).await;
        if reply.status == 200 {
            self.take(&reply);
        }
        reply
    }

    /// Keeps the tokens of a successful refresh.
    #[track_caller]
    pub fn take(&mut self, reply: &Reply) {
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.session_id(), self.id);
        self.refresh.push(reply.refresh_token());
        self.access.push(reply.access());
    }

    /// So much time passes for the session: its last rotation lies that much further back.
    pub fn age(&self, env: &Env, by: Duration) {
        age(env, &self.id, by);
    }

    /// The last rotation was at this moment.
    pub fn rotated_now(&self, env: &Env) {
        let (now, id) = (SystemClock.now().as_micros(), id_literal(env, &self.id));
        sql(env, &format!("UPDATE session_families SET rotated_at = {now} WHERE id = {id}"));
    }

    pub fn live(&self) -> &str {
        self.refresh.last().expect("there is always one")
    }

    pub fn access(&self) -> &str {
        self.access.last().expect("there is always one")
    }

    /// The session is there: its access token is good, and its refresh token has a successor.
    pub async fn assert_lives(&mut self, client: &Client) {
        let verified = client.verify(self.access()).await;
        assert_eq!(verified.status, 204, "{verified:?}");
        self.rotate(client).await;
    }

    /// No token it was ever given is good for anything.
    pub async fn assert_ended(&self, client: &Client) {
        for access in &self.access {
            client.verify(access).await.assert_problem(401, "session_revoked");
        }
        for token in &self.refresh {
            let refused = client.refresh(token, None).await;
            refused.assert_problem(401, "session_revoked");
        }
    }
}

/// Past the time in which several requests with one token are a race (`refresh.race_window`, 10 s by default).
pub const NO_RACE: Duration = Duration::from_secs(11);

/// So much time passes for a session: its last rotation lies that much further back in the database, and every
/// decision on a spent token is made on what the database says.
pub fn age(env: &Env, session_id: &str, by: Duration) {
    let id = id_literal(env, session_id);
    sql(env, &format!("{} WHERE id = {id}", aging(env.backend(), by)));
}

/// The statement that is [`age`] for all sessions.
pub fn aging(backend: Backend, by: Duration) -> String {
    let least = if backend == Backend::Sqlite { "min" } else { "LEAST" };
    let earlier = format!("rotated_at - {}", by.as_micros());
    // No authentication is later than its generation.
    format!("UPDATE session_families SET rotated_at = {earlier}, auth_time = {least}(auth_time, {earlier})")
}

/// The generation that the database holds for a session.
///
/// # Panics
/// When there is no such session.
pub fn generation(env: &Env, session_id: &str) -> usize {
    let id = id_literal(env, session_id);
    let found = sql(env, &format!("SELECT generation FROM session_families WHERE id = {id}"));
    found.parse().expect("a number")
}

/// What an access token claims, read without checking it.
pub fn claims(access: &str) -> Value {
    let payload = access.split('.').nth(1).expect("a JWT");
    let json = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&json).expect("JSON")
}
