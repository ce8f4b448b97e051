//! The nodes that a program runs on, and their deaths.

use std::time::Duration;

use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::support::backend::Env;
use crate::support::client::{Client, Reply};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;

/// Actors rest as soon as the configuration allows; the limit of sessions is out of the way.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("KINDRED_SESSIONS__PASSIVATE_AFTER", "1s"),
    ("KINDRED_SESSIONS__MAX_PER_USER", "1000"),
    // The longest there is. The program lets the time pass in the database.
    ("KINDRED_REFRESH__RACE_WINDOW", "60s"),
    ("KINDRED_TELEMETRY__LOG_LEVEL", "warn"),
];

pub struct Place {
    node: Node,
    client: Client,
}

pub struct World {
    pub places: Vec<Place>,
}

impl World {
    pub async fn start(env: &Env, nodes: usize) -> World {
        let mut places = Vec::new();
        for _ in 0..nodes {
            let node = env.node(ENVIRONMENT).await;
            let client = node.client();
            places.push(Place { node, client });
        }
        World { places }
    }

    pub fn client(&self, at: usize) -> &Client {
        &self.places[at].client
    }

    /// SIGTERM or SIGKILL, and a new start.
    pub fn restart(&mut self, at: usize, orderly: bool) {
        let place = &mut self.places[at];
        block_in_place(|| {
            if orderly {
                assert!(place.node.terminate().success(), "the node did not drain");
            }
            place.node.restart();
        });
        self.started(at);
    }

    /// SIGKILL so long after a refresh was sent: its answer, if it came before.
    pub async fn kill_during_refresh(
        &mut self,
        at: usize,
        token: &str,
        key: &str,
        after: Duration,
    ) -> Option<Reply> {
        let (client, token, key) = (self.client(at).clone(), token.to_owned(), key.to_owned());
        let mut request = tokio::spawn(async move { client.try_refresh(&token, Some(&key)).await.ok() });
        let answer = timeout(after, &mut request).await;
        block_in_place(|| self.places[at].node.restart());
        self.started(at);
        match answer {
            Ok(answer) => answer.expect("no panic"),
            Err(_) => request.await.expect("no panic"),
        }
    }

    fn started(&mut self, at: usize) {
        self.places[at].client = self.places[at].node.client();
    }

    /// Waits until all actors of a node rest.
    pub async fn passivate(&self, at: usize) {
        let node = &self.places[at].node;
        eventually("all actors rest", async || {
            (metric(node, "auth_family_actors", &[("state", "live")]).await == 0.0).then_some(())
        })
        .await;
    }

    /// Nodes no longer accept the access token.
    pub async fn assert_refused_everywhere(&self, access: &str) {
        for place in &self.places {
            eventually("the access token is refused", async || {
                (place.client.verify(access).await.code() == "session_revoked").then_some(())
            })
            .await;
        }
    }

    pub async fn assert_accepted_everywhere(&self, access: &str) {
        for place in &self.places {
            let reply = place.client.verify(access).await;
            assert_eq!(reply.status, 204, "{reply:?}");
        }
    }
}
