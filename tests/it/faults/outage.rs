//! F-08, F-10: connections to PostgreSQL are lost under traffic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::database::Proxied;
use super::ledger::{Ledger, Outcome, check_all, each, race_passes};
use super::seed::Rng;
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, unique_email};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::postgres::terminate_backends;

const SESSIONS: usize = 24;
pub(super) const MANY_SESSIONS: (&str, &str) = ("KINDRED_SESSIONS__MAX_PER_USER", "1000");
const FAULTS: usize = 15;

/// Many sessions that refresh, and now and then log out, until they are told to stop.
pub(super) struct Traffic {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    ledgers: JoinSet<Ledger>,
}

impl Traffic {
    pub(super) async fn start(client: &Client, rng: &mut Rng) -> Traffic {
        let email = unique_email();
        crate::support::client::served(async || client.register(&email, PASSWORD).await).await;
        let mut ledgers = Vec::new();
        for number in 0..SESSIONS {
            ledgers.push(Ledger::log_in(client, &email, number % 2 == 0).await);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let mut number = 0;
        let ledgers = each(ledgers, |mut ledger| {
            number += 1;
            let may_leave = number % 3 == 0; // the others keep the traffic up
            let (client, stop, mut rng) = (client.clone(), Arc::clone(&stop), rng.fork());
            let acknowledged = Arc::clone(&acknowledged);
            async move {
                while ledger.is_live() && !stop.load(Ordering::Relaxed) {
                    let outcome = if may_leave && rng.below(100) == 0 {
                        ledger.log_out(&client).await
                    } else {
                        ledger.refresh(&client).await
                    };
                    if outcome == Outcome::Acknowledged {
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    } else {
                        rng.while_traffic_runs(Duration::from_millis(40)).await; // a client backs off
                    }
                }
                ledger
            }
        });
        Traffic { stop, acknowledged, ledgers }
    }

    /// Until another refresh has succeeded: it has healed from the last fault, and the next one meets
    /// traffic.
    pub(super) async fn flows(&self) {
        let before = self.acknowledged.load(Ordering::Relaxed);
        eventually("traffic flows", async || {
            (self.acknowledged.load(Ordering::Relaxed) > before).then_some(())
        })
        .await;
    }

    /// Ends the traffic, and gives the ledgers of its sessions.
    pub(super) async fn ended(self) -> Vec<Ledger> {
        self.stop.store(true, Ordering::Relaxed);
        let ledgers = self.ledgers.join_all().await;
        let rotations: usize = ledgers.iter().map(Ledger::rotations).sum();
        let unknown: usize = ledgers.iter().map(|ledger| ledger.unknown_outcomes).sum();
        eprintln!("{rotations} rotations, {unknown} unknown outcomes");
        assert!(unknown > 0, "the faults met traffic");
        ledgers
    }
}

async fn is_ready(client: &Client) -> Option<()> {
    let request = client.request(reqwest::Method::GET, "/health/ready");
    let reply = crate::support::client::send(request).await;
    assert!(reply.status == 200 || reply.header("retry-after").is_some(), "{reply:?}");
    (reply.status == 200).then_some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_cost_no_promise_and_heal() {
    let mut rng = Rng::new("cut connections");
    let broken = Proxied::start(&[MANY_SESSIONS, ("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "500ms")]).await;
    let traffic = Traffic::start(&broken.client, &mut rng).await;
    for _ in 0..FAULTS {
        traffic.flows().await;
        rng.while_traffic_runs(Duration::from_millis(200)).await;
        broken.proxy.cut();
        rng.while_traffic_runs(Duration::from_millis(200)).await;
        broken.proxy.restore();
    }
    eventually("it heals", async || is_ready(&broken.client).await).await;
    check_all(traffic.ended().await, &broken.client, &mut rng, || race_passes(&broken.env)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminated_backends_cost_no_promise_and_heal() {
    let mut rng = Rng::new("terminated backends");
    let broken = Proxied::start(&[MANY_SESSIONS]).await;
    let traffic = Traffic::start(&broken.client, &mut rng).await;
    let mut terminated = 0;
    for _ in 0..FAULTS {
        traffic.flows().await;
        rng.while_traffic_runs(Duration::from_millis(150)).await;
        terminated += tokio::task::block_in_place(|| terminate_backends(broken.env.database_url()));
    }
    assert!(terminated >= FAULTS, "{terminated} backends");
    eventually("it heals", async || is_ready(&broken.client).await).await;
    check_all(traffic.ended().await, &broken.client, &mut rng, || race_passes(&broken.env)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_node_notices_that_its_database_is_gone() {
    let broken = Proxied::start(&[("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "500ms")]).await;
    let becomes = async |value: f64| {
        eventually("the metric follows", async || {
            (metric(&broken.node, "auth_db_up", &[]).await == value).then_some(())
        })
        .await;
    };
    becomes(1.0).await;
    // No request follows: only the metrics are read, from the listener for operations.
    broken.proxy.cut();
    becomes(0.0).await;
    broken.proxy.restore();
    becomes(1.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_lost_in_a_pause_are_not_noticed() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let refreshed = client.refresh(&user.refresh, None).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert!(tokio::task::block_in_place(|| terminate_backends(env.database_url())) > 0);
    // As long as a connection that was just used is taken to live.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let again = client.refresh(&refreshed.refresh_token(), None).await;
    assert_eq!(again.status, 200, "{again:?}");
}
