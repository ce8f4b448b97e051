//! The counts of requests from strangers, which are written every few seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::store::Store;

/// A crash loses at most the counts of this time.
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

/// Writes the pending counts. They stay pending if that fails.
pub(super) async fn write(store: &Store) {
    if let Err(error) = store.write_stranger_counts().await {
        tracing::warn!(%error, "cannot write the counts of requests from strangers; trying again");
    }
}
