//! The worker of the outbox: takes the messages that are due, sends them and records the outcome.
//!
//! Delivery is at least once: after a crash between sending and recording, the message is sent again.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout_at};

use super::Sender;
use crate::store::Store;
use crate::store::notification::outbox::{DueMessage, SendOutcome};
use crate::telemetry::metrics::{DeliveryOutcome, Metrics, VerificationStep};

/// The template of the mail that verifies an address.
const VERIFICATION: &str = "verify_email";

/// Empties the outbox. Any number of workers, on any number of nodes, may run at a time.
pub struct Worker {
    pub store: Arc<Store>,
    pub sender: Sender,
    pub metrics: Metrics,
}

/// A running worker; it ends when it is stopped or dropped.
#[derive(Debug)]
pub struct WorkerTask {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl WorkerTask {
    /// Takes no further messages, and waits until the deadline for those that are being sent.
    pub async fn stop(mut self, deadline: Instant) {
        let _ = self.stop.send(true);
        if timeout_at(deadline, &mut self.task).await.is_err() {
            tracing::warn!(
                "messages were still being sent when the drain timeout ended; they will be sent again"
            );
            self.task.abort();
        }
    }
}

impl Worker {
    /// Starts on the runtime that the database lives on.
    pub fn start(self) -> WorkerTask {
        let (stop, stopping) = watch::channel(false);
        WorkerTask { stop, task: tokio::spawn(Arc::new(self).run(stopping)) }
    }

    async fn run(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        let slots = self.sender.rules.batch as usize;
        // Half a period off the jobs that start at the same time, so that they do not compete for connections.
        let pause = self.sender.rules.poll_interval;
        let mut ticks = interval_at(Instant::now() + pause / 2, pause);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sends = JoinSet::new();
        let mut may_be_more = true;
        loop {
            while sends.try_join_next().is_some() {}
            if may_be_more && sends.len() < slots {
                may_be_more = self.take(slots - sends.len(), &mut sends).await;
            }
            tokio::select! {
                biased;
                // An error means that the owner of the task is gone.
                _ = stopping.wait_for(|stop| *stop) => break,
                Some(_) = sends.join_next() => {}
                () = self.store.outbox_filled() => may_be_more = true,
                _ = ticks.tick() => may_be_more = true,
            }
        }
        while sends.join_next().await.is_some() {}
    }

    /// Starts to send up to this many messages concurrently; returns whether there may be more.
    async fn take(self: &Arc<Self>, count: usize, sends: &mut JoinSet<()>) -> bool {
        let now = self.sender.composer.clock.now();
        match self.store.take_messages(now, now.plus(self.sender.rules.lease), count).await {
            Ok(due) => {
                let is_full = due.len() == count;
                for message in due {
                    sends.spawn(Arc::clone(self).deliver(message));
                }
                is_full
            }
            Err(error) => {
                tracing::warn!(%error, "cannot read the outbox; trying again at the next tick");
                false
            }
        }
    }

    async fn deliver(self: Arc<Self>, message: DueMessage) {
        let outcome = self.sender.attempt(&message).await;
        self.report(&message, &outcome);
        let now = self.sender.composer.clock.now();
        if let Err(error) = self.store.finish_message(&message, &outcome, now).await {
            tracing::warn!(%error, "cannot record the outcome of a message; it will be sent again");
        }
    }

    fn report(&self, message: &DueMessage, outcome: &SendOutcome) {
        let (id, channel, attempts) = (message.id, message.channel.as_str(), message.attempts);
        let outcome = match outcome {
            SendOutcome::Sent => {
                if message.template == VERIFICATION {
                    self.metrics.enrollment.verification(VerificationStep::Sent);
                }
                DeliveryOutcome::Sent
            }
            SendOutcome::Expired => DeliveryOutcome::Expired,
            SendOutcome::Postponed { .. } => DeliveryOutcome::Postponed,
            SendOutcome::OverQuota => {
                tracing::warn!(%id, channel, "a message is not sent: a quota is used up");
                DeliveryOutcome::OverQuota
            }
            SendOutcome::Dead(reason) => {
                tracing::error!(%id, channel, attempts, reason, "a message was given up");
                DeliveryOutcome::Dead
            }
            SendOutcome::Again { reason, .. } => {
                tracing::warn!(%id, channel, attempts, reason, "a message was not sent; trying again");
                DeliveryOutcome::Failed
            }
        };
        self.metrics.deliveries.with_label_values(&[message.channel.as_str(), outcome.as_str()]).inc();
    }
}
