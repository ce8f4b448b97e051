//! Enrollments of passkeys that are given up. The state of a ceremony is with the client, so that nothing in the database
//! tells of one that was only begun. The node that began it remembers it until it can no longer be finished, for the metric
//! alone.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use super::Passkeys;
use crate::clock::Timestamp;
use crate::model::factor::Factor;
use crate::store::StoreError;

/// How often those that are over are looked up.
const TURN: Duration = Duration::from_secs(2);
/// How many are remembered. Beyond that the oldest is forgotten and not counted.
const MOST: usize = 4_096;

/// An enrollment that this node has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Begun {
    ceremony: Uuid,
    /// From then on it is finished or abandoned.
    over_at: Timestamp,
}

/// The enrollments that this node has begun, the oldest first.
#[derive(Debug, Default)]
pub(in crate::authn) struct BegunEnrollments(Mutex<VecDeque<Begun>>);

impl BegunEnrollments {
    pub fn add(&self, ceremony: Uuid, over_at: Timestamp) {
        let mut begun = self.0.lock();
        if begun.len() >= MOST {
            begun.pop_front();
        }
        begun.push_back(Begun { ceremony, over_at });
    }

    /// Takes out the oldest, if it is over.
    fn take_over(&self, now: Timestamp) -> Option<Begun> {
        self.0.lock().pop_front_if(|oldest| oldest.over_at <= now)
    }

    fn put_back(&self, oldest: Begun) {
        self.0.lock().push_front(oldest);
    }
}

impl Passkeys {
    /// Counts the enrollments that were begun here and abandoned, until the task is aborted.
    pub fn keep_counting_abandoned(self: &Arc<Self>) -> JoinHandle<()> {
        let passkeys = Arc::clone(self);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TURN);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if let Err(error) = passkeys.count_abandoned().await {
                    tracing::debug!(%error, "cannot look up enrollments of passkeys; trying again");
                }
            }
        })
    }

    /// Remembers an enrollment that begins now. It can be finished until it expires, and by then a write has begun whose
    /// commit may still follow.
    pub(super) fn note_begun(&self, ceremony: Uuid) {
        let expires_at = self.env.now().plus(self.verifier.ceremonies.ttl);
        self.begun.add(ceremony, expires_at.plus(self.env.store.longest_write()));
    }

    async fn count_abandoned(&self) -> Result<(), StoreError> {
        let now = self.env.now();
        while let Some(begun) = self.begun.take_over(now) {
            match self.env.store.is_ceremony_used(begun.ceremony).await {
                // Maybe by another node.
                Ok(true) => {}
                Ok(false) => self.env.metrics.enrollment.abandoned(Factor::Webauthn, 1),
                Err(error) => {
                    self.begun.put_back(begun);
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn each_is_taken_once_it_is_over() {
        let begun = BegunEnrollments::default();
        let [first, second] = [1, 2].map(Uuid::from_u128);
        begun.add(first, at(10));
        begun.add(second, at(20));
        assert_eq!(begun.take_over(at(9)), None);
        let taken = begun.take_over(at(10)).expect("the first");
        assert_eq!(taken, Begun { ceremony: first, over_at: at(10) });
        begun.put_back(taken);
        assert_eq!(begun.take_over(at(19)), Some(taken));
        assert_eq!(begun.take_over(at(19)), None, "the second is not over yet");
    }

    #[test]
    fn the_oldest_give_way() {
        let begun = BegunEnrollments::default();
        for number in 0..=MOST as u128 {
            begun.add(Uuid::from_u128(number), at(1));
        }
        let left: Vec<Begun> = std::iter::from_fn(|| begun.take_over(at(1))).collect();
        assert_eq!((left.len(), left[0].ceremony), (MOST, Uuid::from_u128(1)));
    }
}
