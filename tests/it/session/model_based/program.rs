//! A random program: one step after the other, each checked against the model.

use super::model::Model;
use super::rng::Rng;
use super::world::World;
use crate::support::backend::Env;
use crate::support::client::{PASSWORD, unique_email};
use crate::support::family::generation;

pub const USERS: usize = 4;
/// Fewer live sessions than this, and a new one is opened.
const LIVE: usize = 6;

pub struct Program<'a> {
    pub env: &'a Env,
    pub world: World,
    pub rng: Rng,
    pub users: Vec<String>,
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
        Program { env, world, rng: Rng::new(seed), users, sessions: Vec::new(), log: Vec::new() }
    }

    pub async fn step(&mut self) {
        for session in &mut self.sessions {
            session.stay_young(self.env);
        }
        while self.live().len() < LIVE {
            self.open().await;
        }
        match self.rng.below(100) {
            0..=4 => self.open().await,
            5..=25 => self.refresh().await,
            26..=38 => self.retry().await,
            39..=46 => self.replay().await,
            47..=49 => self.unchanged().await,
            50..=54 => {
                let at = self.pick_live();
                self.age(at);
            }
            55..=59 => self.step_up().await,
            60..=62 => self.logout().await,
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
        (0..self.sessions.len()).filter(|at| !self.sessions[*at].ended).collect()
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
    pub fn pick(&mut self) -> usize {
        if self.rng.below(6) == 0 { self.rng.below(self.sessions.len()) } else { self.pick_live() }
    }

    /// A session that is over is over everywhere; one that lives has a good access token.
    pub async fn check(&mut self, at: usize) {
        let session = &self.sessions[at];
        if !session.ended {
            return self.world.assert_accepted_everywhere(session.family.access()).await;
        }
        let any = self.rng.below(session.family.access.len());
        self.world.assert_refused_everywhere(&session.family.access[any]).await;
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
                self.world.assert_refused_everywhere(&self.sessions[at].family.access[index]).await;
                self.present(at, index, None).await;
            }
        }
    }

    async fn replay_for_good(&mut self, at: usize, index: usize) {
        self.age(at);
        self.present(at, index, None).await;
        assert!(self.sessions[at].ended, "I-5");
    }
}

impl Drop for Program<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the program\n{}", self.log.join("\n"));
        }
    }
}
