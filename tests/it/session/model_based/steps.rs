//! The steps that a program is made of, each with what the contract says must come of it.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::model::{AGE, Expected, Model};
use super::program::{Program, USERS};
use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::family::{Family, claims};

impl Program<'_> {
    pub(super) async fn open(&mut self) {
        let (node, user) = (self.node(), self.rng.below(USERS));
        self.note(format!("{}: user {user} logs in at {node}", self.sessions.len()));
        let family = Family::login(self.world.client(node), &self.users[user]).await;
        self.sessions.push(Model::new(family));
    }

    /// Presents a token and holds the answer against the model.
    pub(super) async fn present(&mut self, at: usize, index: usize, key: Option<String>) {
        let node = self.node();
        let session = &self.sessions[at];
        let expected = session.expected(index, key.as_deref());
        let token = session.family.refresh[index].clone();
        self.note(format!("{at}: generation {} at {node}, key {key:?}: {expected:?}", index + 1));
        let reply = self.world.client(node).refresh(&token, key.as_deref()).await;
        self.sessions[at].check(expected, &reply, key.as_deref());
        self.check(at).await;
    }

    pub(super) async fn refresh(&mut self) {
        let at = self.pick();
        let key = (self.rng.below(3) > 0).then(|| self.rng.key());
        self.present(at, self.sessions[at].last(), key).await;
    }

    /// The answer was lost: the same token with the same key, at any node.
    pub(super) async fn retry(&mut self) {
        let at = self.pick_live();
        if self.sessions[at].keys[self.sessions[at].last()].is_none() {
            let key = self.rng.key();
            self.present(at, self.sessions[at].last(), Some(key)).await;
        }
        let session = &self.sessions[at];
        let (index, key) = (session.last() - 1, session.keys[session.last()].clone());
        self.present(at, index, key).await;
    }

    /// Any earlier token, with no key, a new one, or the one it was spent with.
    pub(super) async fn replay(&mut self) {
        let at = self.pick();
        if self.sessions[at].last() > 0 {
            let index = self.rng.below(self.sessions[at].last());
            let key = match self.rng.below(3) {
                0 => None,
                1 => Some(self.rng.key()),
                _ => self.sessions[at].keys[index + 1].clone(),
            };
            self.present(at, index, key).await;
        }
    }

    /// The live token under the key of its own rotation, as a cookie jar gives it to a retry.
    pub(super) async fn unchanged(&mut self) {
        let at = self.pick_live();
        let key = self.rng.key();
        self.present(at, self.sessions[at].last(), Some(key.clone())).await;
        self.present(at, self.sessions[at].last(), Some(key)).await;
    }

    /// Long enough for every race to be over.
    pub(super) fn age(&mut self, at: usize) {
        self.note(format!("{at}: time passes"));
        self.sessions[at].family.age(self.env, AGE);
        self.sessions[at].aged = true;
    }

    /// A step-up with the live token or a spent one. The table comes first: no one's assurance rises by a copy.
    pub(super) async fn step_up(&mut self) {
        let (at, node) = (self.pick_live(), self.node());
        let index = self.sessions[at].last().saturating_sub(self.rng.below(2));
        let key = self.rng.coin().then(|| self.rng.key());
        let expected = self.sessions[at].expected(index, key.as_deref());
        let (token, access) =
            (self.sessions[at].family.refresh[index].clone(), self.sessions[at].family.access().to_owned());
        self.note(format!(
            "{at}: step-up with generation {} at {node}, key {key:?}: {expected:?}",
            index + 1
        ));
        let reply = step_up(self.world.client(node), (&access, &token), key.as_deref()).await;
        let before = claims(&access)["auth_time"].as_i64();
        self.sessions[at].check(expected, &reply, key.as_deref());
        if expected == Expected::Successor {
            self.sessions[at].step_ups += 1;
            let after = claims(self.sessions[at].family.access())["auth_time"].as_i64();
            assert!(after >= before, "{before:?} {after:?}");
            assert_eq!(claims(&reply.access())["auth_time"], claims(&reply.access())["iat"]);
        }
        self.check(at).await;
    }

    pub(super) async fn logout(&mut self) {
        let (at, node) = (self.pick(), self.node());
        let (index, by_access) = (self.rng.below(self.sessions[at].last() + 1), self.rng.coin());
        self.note(format!("{at}: logout at {node} with generation {index}, by access token: {by_access}"));
        let (client, family) = (self.world.client(node), &self.sessions[at].family);
        let reply = if by_access {
            client.logout(&family.access[index]).await
        } else {
            let request = client.request(Method::POST, "/api/v1/auth/logout");
            send(request.json(&json!({"refresh_token": family.refresh[index]}))).await
        };
        assert_eq!(reply.status, 204, "{reply:?}");
        self.sessions[at].ended = true;
        self.check(at).await;
    }

    pub(super) async fn logout_all(&mut self) {
        let (at, node) = (self.pick_live(), self.node());
        self.note(format!("{at}: logout-all at {node}"));
        let family = self.sessions[at].family.clone();
        let reply = self.world.client(node).logout_all(family.access()).await;
        self.all_ended(&family.email, &reply);
        self.check(at).await;
    }

    pub(super) fn all_ended(&mut self, email: &str, reply: &Reply) {
        let live = self.live_of(email);
        assert_eq!((reply.status, &reply.body["revoked"]), (200, &json!(live.len())), "{reply:?}");
        for at in live {
            self.sessions[at].ended = true;
        }
    }

    /// A session ends another one, or itself, of the same user.
    pub(super) async fn delete(&mut self) {
        let (by, node) = (self.pick_live(), self.node());
        let siblings = self.live_of(&self.sessions[by].family.email);
        let at = self.rng.pick(&siblings);
        self.note(format!("{at}: ended from the list of {by} at {node}"));
        let (caller, id) = (self.sessions[by].family.access(), &self.sessions[at].family.id);
        let reply = self.world.client(node).delete_session(caller, id).await;
        assert_eq!(reply.status, 204, "{reply:?}");
        self.sessions[at].ended = true;
        self.check(at).await;
    }

    pub(super) fn restart(&mut self) {
        let (node, orderly) = (self.node(), self.rng.coin());
        self.note(format!("node {node} restarts, orderly: {orderly}"));
        self.world.restart(node, orderly);
    }

    pub(super) async fn passivate(&mut self) {
        let node = self.node();
        self.note(format!("all actors of node {node} rest"));
        self.world.passivate(node).await;
    }

    /// The node dies around the commit. Whatever the client saw, it asks again and goes on.
    pub(super) async fn kill_during_refresh(&mut self) {
        let (at, node, key) = (self.pick_live(), self.node(), self.rng.key());
        let after = Duration::from_micros(self.rng.next() % 12_000);
        let token = self.sessions[at].family.live().to_owned();
        let answer = self.world.kill_during_refresh(node, &token, &key, after).await;
        let heard = answer.as_ref().map(|reply| reply.status);
        self.note(format!("{at}: node {node} dies during a refresh, heard {heard:?}"));
        if let Some(reply) = answer {
            self.sessions[at].rotated(&reply, Some(&key));
            let last = self.sessions[at].last();
            self.present(at, last - 1, Some(key)).await;
        } else {
            let node = self.node();
            let reply = self.world.client(node).refresh(&token, Some(&key)).await;
            assert_eq!(reply.status, 200, "I-3: {reply:?}");
            self.sessions[at].rotated(&reply, Some(&key));
        }
        self.check(at).await;
    }
}

/// A step-up by password, with a refresh token and perhaps a name for the attempt.
pub(super) async fn step_up(client: &Client, (access, token): (&str, &str), key: Option<&str>) -> Reply {
    let body = json!({"method": "password", "password": PASSWORD, "refresh_token": token});
    let mut request = client.request(Method::POST, "/api/v1/auth/step-up").bearer_auth(access);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    send(request.json(&body)).await
}
