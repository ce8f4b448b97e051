//! Counts of what strangers try are written every few seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::store::Store;

/// What a crash loses of the counts.
const PERIOD: Duration = Duration::from_secs(5);

/// Runs until it is aborted.
pub(super) fn keep_written(store: &Arc<Store>) -> JoinHandle<()> {
    let store = Arc::clone(store);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            write(&store).await;
        }
    })
}

/// Writes what waits; what cannot be written waits on.
pub(super) async fn write(store: &Store) {
    if let Err(error) = store.write_stranger_counts().await {
        tracing::warn!(%error, "counts of strangers' requests wait for the database");
    }
}
