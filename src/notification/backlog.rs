//! Metrics of the messages that wait in the outbox.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::clock::Clock;
use crate::model::notice::Channel;
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::Metrics;

const PERIOD: Duration = Duration::from_secs(5);

/// Measures periodically until the task is aborted.
pub fn start(store: Arc<Store>, clock: Arc<dyn Clock>, metrics: Metrics) -> JoinHandle<()> {
    tokio::spawn(async move {
        // Half a period off the other gauges, so that they do not compete for connections.
        let mut ticks = interval_at(Instant::now() + PERIOD / 2, PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = measure(&store, clock.as_ref(), &metrics).await {
                tracing::warn!(%error, "cannot measure the outbox; trying again soon");
            }
        }
    })
}

async fn measure(store: &Store, clock: &dyn Clock, metrics: &Metrics) -> Result<(), StoreError> {
    let backlog = store.backlog(clock.now()).await?;
    for channel in Channel::ALL {
        let waiting = backlog.iter().find(|waiting| waiting.channel == channel);
        let messages = waiting.map_or(0, |waiting| waiting.messages);
        let age = waiting.map_or(Duration::ZERO, |waiting| clock.now().since(waiting.since));
        metrics.outbox_pending.with_label_values(&[channel.as_str()]).set(messages);
        metrics.outbox_oldest.with_label_values(&[channel.as_str()]).set(age.as_secs_f64());
    }
    Ok(())
}
