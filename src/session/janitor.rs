//! Background jobs: stopping idle actors, gauges, and deleting revocations that no access token can outlive.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::background_job::{run, ticks};
use super::{Sessions, gauges};
use crate::model::key_state::KeyState;
use crate::store::StoreError;

/// The names of the jobs in metrics.
const MEASURING: &str = "gauges";
const PURGING: &str = "purge_revocations";

const GAUGES: Duration = Duration::from_secs(15);
const PURGE: Duration = Duration::from_secs(60);
/// How much longer revocations stay in the log than in the index.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Starts the jobs; they run until they are aborted.
///
/// # Parameters
/// - `node`: the name of this node, the same after a restart
pub fn start(sessions: &Arc<Sessions>, revocation_horizon: Duration, node: String) -> Vec<JoinHandle<()>> {
    sessions.metrics.expect_job(MEASURING, GAUGES);
    sessions.metrics.expect_job(PURGING, PURGE);
    let (sweeping, measuring, purging) = (Arc::clone(sessions), Arc::clone(sessions), Arc::clone(sessions));
    vec![
        sessions.keep_revoking_rows(),
        gauges::keep_computed(sessions, node),
        tokio::spawn(sweep(sweeping)),
        tokio::spawn(async move {
            let mut ticks = ticks(GAUGES);
            loop {
                ticks.tick().await;
                measure(&measuring);
                run(MEASURING, &measuring, ready(Ok(0))).await;
            }
        }),
        tokio::spawn(async move {
            let mut ticks = ticks(PURGE);
            loop {
                ticks.tick().await;
                run(PURGING, &purging, purge(&purging, revocation_horizon)).await;
            }
        }),
    ]
}

async fn sweep(sessions: Arc<Sessions>) {
    let mut ticks = ticks(sessions.registry.sweep_interval());
    for round in 0_usize.. {
        ticks.tick().await;
        sessions.registry.sweep(round);
    }
}

/// What only this node can tell of itself.
fn measure(sessions: &Sessions) {
    sessions.store.report_pool();
    let signer = &sessions.verifier.signer;
    let states = signer.published().states;
    for state in KeyState::ALL {
        let count = states.iter().filter(|known| **known == state).count();
        let gauge = sessions.metrics.signing_keys.with_label_values(&[state.as_str()]);
        gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    if let Some(since) = signer.active_since() {
        sessions.metrics.signing_key_age.set(sessions.clock.now().since(since).as_secs_f64());
    }
}

async fn purge(sessions: &Sessions, horizon: Duration) -> Result<u64, StoreError> {
    let now = sessions.clock.now();
    sessions.index.prune(now.minus(horizon), horizon);
    // Rows are kept for longer: a clock that is wrong for a while must not delete revocations that count.
    sessions.store.purge_revocations(now.minus(horizon + KEPT)).await
}
