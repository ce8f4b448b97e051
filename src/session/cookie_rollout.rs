//! The roll-out of a generation of cookies: first to a share of the users, then to all of them.
//!
//! The share is in the database. Every node reads it twice a second while it accepts more than one generation; otherwise
//! there is nothing to choose between, and nothing is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use prometheus::Gauge;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::model::cookie_generation::{CanaryShare, Cohort};
use crate::model::family_key::CanaryKey;
use crate::model::transport::Transport;
use crate::store::{Store, StoreError};

/// A share that was set holds at all nodes within a second.
const INTERVAL: Duration = Duration::from_millis(500);

/// Which generation the cookies of a user are of.
pub struct CookieRollout {
    key: CanaryKey,
    /// `cookie.generation`
    generation: String,
    /// Whether another generation is accepted, so that there is one for those who are not in the share.
    has_previous: bool,
    percent: AtomicU8,
    gauge: Gauge,
}

impl CookieRollout {
    /// Everyone gets the generation until a share is loaded.
    pub fn new(key: CanaryKey, generation: String, has_previous: bool, gauge: Gauge) -> Self {
        let rollout = Self { key, generation, has_previous, percent: AtomicU8::new(0), gauge };
        rollout.adopt(CanaryShare::EVERYONE);
        rollout
    }

    /// The cohort of a user who gets cookies.
    pub fn cohort(&self, user_id: Uuid) -> Cohort {
        if !self.has_previous || self.share().includes(self.key.place(user_id)) {
            Cohort::Current
        } else {
            Cohort::Previous
        }
    }

    /// The cohort of a user who gets tokens in this transport.
    pub fn cohort_of(&self, transport: Transport, user_id: Uuid) -> Cohort {
        match transport {
            Transport::Bearer => Cohort::NoCookies,
            Transport::Cookie => self.cohort(user_id),
        }
    }

    pub fn share(&self) -> CanaryShare {
        CanaryShare::new(self.percent.load(Ordering::Relaxed)).unwrap_or(CanaryShare::EVERYONE)
    }

    /// Reads the share, before the first request is accepted.
    ///
    /// # Errors
    /// [`StoreError`]; then the share is as it was.
    pub async fn load(&self, store: &Store) -> Result<(), StoreError> {
        if self.has_previous {
            let stored = store.canary_share(&self.generation).await?;
            self.adopt(stored.unwrap_or(CanaryShare::EVERYONE));
        }
        Ok(())
    }

    /// Follows the share until the task is aborted. While the database does not answer, the last one holds.
    pub fn keep_current(self: &Arc<Self>, store: &Arc<Store>) -> Option<JoinHandle<()>> {
        if !self.has_previous {
            return None;
        }
        let (rollout, store) = (Arc::clone(self), Arc::clone(store));
        Some(tokio::spawn(async move {
            let mut ticks = tokio::time::interval(INTERVAL);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let before = rollout.share();
                match rollout.load(&store).await {
                    Ok(()) if rollout.share() != before => tracing::info!(
                        generation = rollout.generation,
                        percent = rollout.share().percent(),
                        "another share of the users gets this generation of cookies"
                    ),
                    Ok(()) => {}
                    Err(error) => {
                        tracing::debug!(%error, "the share of the cookie generation cannot be read")
                    }
                }
            }
        }))
    }

    fn adopt(&self, share: CanaryShare) {
        self.percent.store(share.percent(), Ordering::Relaxed);
        self.gauge.set(f64::from(share.percent()) / 100.0);
    }
}

impl std::fmt::Debug for CookieRollout {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CookieRollout").field("share", &self.share()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn rollout(has_previous: bool) -> CookieRollout {
        let key = CanaryKey::of(&Secret::new([1; 32]));
        let gauge = Gauge::new("share", "The share.").unwrap();
        CookieRollout::new(key, "v2".to_owned(), has_previous, gauge)
    }

    fn current(rollout: &CookieRollout, percent: u8) -> Vec<u128> {
        rollout.adopt(CanaryShare::new(percent).unwrap());
        (0..1_000).filter(|user| rollout.cohort(Uuid::from_u128(*user)) == Cohort::Current).collect()
    }

    #[test]
    fn a_user_stays_in_a_share_that_grows() {
        let rollout = rollout(true);
        assert_eq!(rollout.share(), CanaryShare::EVERYONE);
        assert!(current(&rollout, 0).is_empty());
        let (few, half) = (current(&rollout, 5), current(&rollout, 50));
        assert!((10..100).contains(&few.len()) && (400..600).contains(&half.len()), "{few:?}");
        assert!(few.iter().all(|user| half.contains(user)));
        assert_eq!(current(&rollout, 100).len(), 1_000);
    }

    #[test]
    fn without_another_generation_there_is_no_choice() {
        let rollout = rollout(false);
        assert_eq!(current(&rollout, 0).len(), 1_000);
        assert_eq!(rollout.cohort_of(Transport::Bearer, Uuid::nil()), Cohort::NoCookies);
    }
}
