//! The outbox's worker: takes what is due, opens it, brings it out and writes down what became of it.
//!
//! At least once: a crash between sending and writing down sends again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};

use super::Postbox;
use super::rendering;
use crate::config::Outbox;
use crate::courier::{Mail, Mailer, SendError};
use crate::entropy::bytes;
use crate::model::notice::{Channel, Letter};
use crate::store::Store;
use crate::store::outbox::{DueMessage, Fate};

/// See the module's description.
pub struct Worker {
    pub store: Arc<Store>,
    pub postbox: Postbox,
    pub mailer: Arc<dyn Mailer>,
    pub rules: Outbox,
    /// What messages call the sender.
    pub service: String,
}

/// A worker at work; it ends when it is stopped or dropped.
#[derive(Debug)]
pub struct WorkerTask {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl WorkerTask {
    /// Takes nothing more, and waits for what is on its way until the deadline.
    pub async fn stop(mut self, deadline: Instant) {
        let _ = self.stop.send(true);
        if timeout_at(deadline, &mut self.task).await.is_err() {
            tracing::warn!(
                "messages were still on their way when the drain timeout ended; they are sent again"
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
        let slots = self.rules.batch as usize;
        let mut ticks = interval(self.rules.poll_interval);
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
                // An error means that whoever could stop us is gone.
                _ = stopping.wait_for(|stop| *stop) => break,
                Some(_) = sends.join_next() => {}
                () = self.store.outbox_filled() => may_be_more = true,
                _ = ticks.tick() => may_be_more = true,
            }
        }
        while sends.join_next().await.is_some() {}
    }

    /// Sends up to this many messages, side by side; tells whether there may be more.
    async fn take(self: &Arc<Self>, count: usize, sends: &mut JoinSet<()>) -> bool {
        let now = self.postbox.clock.now();
        match self.store.take_messages(now, now.plus(self.rules.lease), count).await {
            Ok(due) => {
                let is_full = due.len() == count;
                for message in due {
                    sends.spawn(Arc::clone(self).deliver(message));
                }
                is_full
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read; it is tried again at its next turn");
                false
            }
        }
    }

    async fn deliver(self: Arc<Self>, message: DueMessage) {
        let fate = self.attempt(&message).await;
        let now = self.postbox.clock.now();
        if let Err(error) = self.store.finish_message(&message, &fate, now).await {
            tracing::warn!(%error, "what became of a message cannot be written down; it is sent again");
        }
    }

    async fn attempt(&self, message: &DueMessage) -> Fate {
        if message.expires_at.is_some_and(|end| end <= self.postbox.clock.now()) {
            return Fate::Expired;
        }
        let letter = message.sealed.as_ref().and_then(|sealed| self.postbox.open(message.id, sealed).ok());
        let Some(letter) = letter else {
            return Fate::Dead("it cannot be opened with this master key".to_owned());
        };
        // Once the lease has ended, somebody else may send it.
        match timeout(self.rules.lease, self.send(message, &letter)).await {
            Ok(Ok(())) => Fate::Sent,
            Ok(Err(SendError::Refused(reason))) => Fate::Dead(reason),
            Ok(Err(SendError::Failed(reason))) => self.again(message, reason),
            Err(_) => self.again(message, "not sent in time".to_owned()),
        }
    }

    async fn send(&self, message: &DueMessage, letter: &Letter) -> Result<(), SendError> {
        if message.channel != Channel::Mail {
            return Err(SendError::Refused("there is no way out for SMS".to_owned()));
        }
        let words =
            rendering::mail(letter, &self.service).map_err(|error| SendError::Refused(error.to_string()))?;
        let mail = Mail {
            id: message.id,
            template: letter.notice.template(),
            at: message.created_at,
            to: letter.to.clone(),
            subject: words.subject,
            text: words.text,
            html: words.html,
        };
        self.mailer.send(&mail).await
    }

    fn again(&self, message: &DueMessage, reason: String) -> Fate {
        if message.attempts >= self.rules.max_attempts {
            return Fate::Dead(reason);
        }
        let draw = f64::from(u32::from_be_bytes(bytes(self.postbox.entropy.as_ref()))) / f64::from(u32::MAX);
        let pause = pause(&self.rules, message.attempts, draw);
        Fate::Again { at: self.postbox.clock.now().plus(pause), reason }
    }
}

/// The pause after so many tries: doubling, bounded, and half of it by the draw (0 to 1), so that what
/// failed together does not come back together.
fn pause(rules: &Outbox, attempts: u32, draw: f64) -> Duration {
    let doubled = rules.retry_base.saturating_mul(1 << (attempts.max(1) - 1).min(30));
    doubled.min(rules.retry_max).mul_f64(0.5 + draw.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_bound() {
        let rules = Outbox {
            max_attempts: 10,
            retry_base: Duration::from_secs(5),
            retry_max: Duration::from_secs(60),
            lease: Duration::from_secs(120),
            poll_interval: Duration::from_secs(1),
            batch: 16,
        };
        let longest = |attempts| pause(&rules, attempts, 1.0).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 100].map(longest), [5, 10, 20, 40, 60, 60]);
        assert_eq!(pause(&rules, 1, 0.0), Duration::from_millis(2_500));
    }
}
