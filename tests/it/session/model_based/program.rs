//! A random program: one step after the other, each checked against the model.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::model::Model;
use super::rng::Rng;
use super::world::World;
use crate::support::audit::generation;
use crate::support::backend::Env;
use crate::support::client::{PASSWORD, Reply, send, unique_email};
use crate::support::eventually::eventually;
use crate::support::family::Family;

const USERS: usize = 4;
/// Fewer live sessions than this, and a new one is opened.
const LIVE: usize = 6;

pub struct Program<'a> {
    env: &'a Env,
    pub world: World,
    pub rng: Rng,
    users: Vec<String>,
    pub sessions: Vec<Model>,
    log: Vec<String>,
}

impl<'a> Program<'a> {
    pub async fn start(env: &'a Env, nodes: usize, seed: u64) -> Program<'a> {
        let world = World::start(env, nodes).await;
        let users: Vec<String> = (0..USERS).map(|_| unique_email()).collect();
        for email in &users {
            assert_eq!(world.client(0).register(email, PASSWORD).await.status, 201);
        }
        Program {
            env,
            world,
            rng: Rng::new(seed),
            users,
            sessions: Vec::new(),
            log: Vec::new(),
        }
    }

    pub async fn step(&mut self) {
        while self.live().len() < LIVE {
            self.open().await;
        }
        match self.rng.below(100) {
            0..=4 => self.open().await,
            5..=34 => self.refresh().await,
            35..=49 => self.retry().await,
            50..=57 => self.replay().await,
            58..=62 => self.logout().await,
            63..=64 => self.logout_all().await,
            65..=67 => self.delete().await,
            68..=91 => self.pair().await,
            92..=93 => self.restart(),
            94..=98 => self.kill_during_refresh().await,
            _ => self.passivate().await,
        }
    }

    pub fn note(&mut self, step: String) {
        self.log.push(step);
    }

    pub fn node(&mut self) -> usize {
        self.rng.below(self.world.places.len())
    }

    pub fn live(&self) -> Vec<usize> {
        (0..self.sessions.len())
            .filter(|at| !self.sessions[*at].ended)
            .collect()
    }

    pub fn live_of(&self, email: &str) -> Vec<usize> {
        let mut live = self.live();
        live.retain(|at| self.sessions[*at].family.email == email);
        live
    }

    pub fn pick_live(&mut self) -> usize {
        let live = self.live();
        self.rng.pick(&live)
    }

    /// Mostly a live one, at times one that has ended.
    fn pick(&mut self) -> usize {
        if self.rng.below(6) == 0 {
            self.rng.below(self.sessions.len())
        } else {
            self.pick_live()
        }
    }

    async fn open(&mut self) {
        let (node, user) = (self.node(), self.rng.below(USERS));
        self.note(format!("{}: user {user} logs in at {node}", self.sessions.len()));
        let family = Family::login(self.world.client(node), &self.users[user]).await;
        let start = self.world.start_of(node);
        self.sessions.push(Model::new(family, start));
    }

    /// Presents a token and holds the answer against the model.
    pub async fn present(&mut self, at: usize, index: usize, key: Option<String>) {
        let node = self.node();
        let (start, session) = (self.world.start_of(node), &self.sessions[at]);
        let expected = session.expected(index, key.as_deref(), start);
        let token = session.family.refresh[index].clone();
        self.note(format!(
            "{at}: generation {} at {node}, key {key:?}: {expected:?}",
            index + 1
        ));
        let reply = self.world.client(node).refresh(&token, key.as_deref()).await;
        self.sessions[at].check(expected, &reply, key.as_deref(), start);
        self.check(at).await;
    }

    async fn refresh(&mut self) {
        let at = self.pick();
        let key = (self.rng.below(3) > 0).then(|| self.rng.key());
        self.present(at, self.sessions[at].last(), key).await;
    }

    /// The answer was lost: the same token with the same key, at any node.
    async fn retry(&mut self) {
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
    async fn replay(&mut self) {
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

    async fn logout(&mut self) {
        let (at, node) = (self.pick(), self.node());
        let (index, by_access) = (self.rng.below(self.sessions[at].last() + 1), self.rng.coin());
        self.note(format!(
            "{at}: logout at {node} with generation {index}, by access token: {by_access}"
        ));
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

    async fn logout_all(&mut self) {
        let (at, node) = (self.pick_live(), self.node());
        self.note(format!("{at}: logout-all at {node}"));
        let family = self.sessions[at].family.clone();
        let reply = self.world.client(node).logout_all(family.access()).await;
        self.all_ended(&family.email, &reply);
        self.check(at).await;
    }

    pub fn all_ended(&mut self, email: &str, reply: &Reply) {
        let live = self.live_of(email);
        assert_eq!(
            (reply.status, &reply.body["revoked"]),
            (200, &json!(live.len())),
            "{reply:?}"
        );
        for at in live {
            self.sessions[at].ended = true;
        }
    }

    /// A session ends another one, or itself, of the same user.
    async fn delete(&mut self) {
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

    fn restart(&mut self) {
        let (node, orderly) = (self.node(), self.rng.coin());
        self.note(format!("node {node} restarts, orderly: {orderly}"));
        self.world.restart(node, orderly);
    }

    async fn passivate(&mut self) {
        let node = self.node();
        self.note(format!("all actors of node {node} rest"));
        self.world.passivate(node).await;
    }

    /// The node dies around the commit. Whatever the client saw, it asks again and goes on.
    async fn kill_during_refresh(&mut self) {
        let (at, node, key) = (self.pick_live(), self.node(), self.rng.key());
        let after = Duration::from_micros(self.rng.next() % 12_000);
        let token = self.sessions[at].family.live().to_owned();
        let answer = self.world.kill_during_refresh(node, &token, &key, after).await;
        let heard = answer.as_ref().map(|reply| reply.status);
        self.note(format!(
            "{at}: node {node} dies during a refresh, heard {heard:?}"
        ));
        if let Some(reply) = answer {
            self.sessions[at].rotated(&reply, Some(&key), usize::MAX);
            let last = self.sessions[at].last();
            self.present(at, last - 1, Some(key)).await;
        } else {
            let node = self.node();
            let reply = self.world.client(node).refresh(&token, Some(&key)).await;
            assert_eq!(reply.status, 200, "I-3: {reply:?}");
            self.sessions[at].rotated(&reply, Some(&key), usize::MAX);
        }
        self.check(at).await;
    }

    /// A session that is over is over everywhere; one that lives has a good access token.
    pub async fn check(&mut self, at: usize) {
        let session = &self.sessions[at];
        if !session.ended {
            return self
                .world
                .assert_accepted_everywhere(session.family.access())
                .await;
        }
        let any = self.rng.below(session.family.access.len());
        self.world
            .assert_refused_everywhere(&session.family.access[any])
            .await;
        let node = self.rng.below(self.world.places.len());
        for token in [&session.family.refresh[any], session.family.live()] {
            let reply = self.world.client(node).refresh(token, None).await;
            reply.assert_problem(401, "session_revoked");
        }
    }

    /// After another death of every node: what lives goes on and ends with the reuse of any spent
    /// token; of what has ended, nothing is left.
    pub async fn finish(&mut self) {
        for node in 0..self.world.places.len() {
            self.world.restart(node, false);
        }
        for at in 0..self.sessions.len() {
            let family = &self.sessions[at].family;
            assert_eq!(generation(self.env, &family.id), family.refresh.len(), "I-1, I-2");
            if !self.sessions[at].ended {
                self.present(at, self.sessions[at].last(), None).await;
                let spent = self.rng.below(self.sessions[at].last());
                self.replay_for_good(at, spent).await;
            }
            for index in 0..=self.sessions[at].last() {
                self.world
                    .assert_refused_everywhere(&self.sessions[at].family.access[index])
                    .await;
                self.present(at, index, None).await;
            }
        }
    }

    async fn replay_for_good(&mut self, at: usize, index: usize) {
        let node = self.node();
        let token = self.sessions[at].family.refresh[index].clone();
        self.note(format!(
            "{at}: generation {} at {node} until it is a replay",
            index + 1
        ));
        let reply = eventually("the reuse is recognised", async || {
            let reply = self.world.client(node).refresh(&token, None).await;
            (reply.status != 409).then_some(reply)
        });
        reply.await.assert_problem(401, "refresh_token_reused");
        self.sessions[at].ended = true;
    }
}

impl Drop for Program<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the program\n{}", self.log.join("\n"));
        }
    }
}
