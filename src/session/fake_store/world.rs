//! What stands around the actors on a [`FakeStore`].

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::FakeStore;
use crate::clock::{Clock, Timestamp};
use crate::crypto::seal::MasterKeys;
use crate::entropy::OsEntropy;
use crate::keys::root_keys::RootKeys;
use crate::model::session_family::fixture::root_key;
use crate::model::session_family::{IdleTimeouts, RegressedPolicy, Tolerance};
use crate::notification::Composer;
use crate::secret::Secret;
use crate::session::core::Shared;
use crate::session::revocation::RevocationIndex;
use crate::session::set_back::SetBackAlarm;
use crate::telemetry::metrics::{ActorState, Metrics};

/// A wall clock that stands where it was put.
pub struct SetClock(Mutex<Timestamp>);

impl SetClock {
    pub fn at(seconds: i64) -> Self {
        Self(Mutex::new(Timestamp::from_unix_seconds(seconds)))
    }

    pub fn set(&self, seconds: i64) {
        *self.0.lock() = Timestamp::from_unix_seconds(seconds);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

/// The surroundings of an actor on this store.
#[cfg(test)]
pub fn shared(store: &FakeStore, clock: Arc<SetClock>, patience: Duration) -> Shared {
    let metrics = Metrics::new().unwrap();
    store.keep_time(Arc::<SetClock>::clone(&clock));
    let composer = Composer {
        master: Arc::new(MasterKeys::new(&Secret::new([3; 32]))),
        clock: Arc::<SetClock>::clone(&clock),
        entropy: Arc::new(OsEntropy),
        pages_url: "https://id.example".parse().unwrap(),
        geoip: Arc::default(),
    };
    Shared {
        composer,
        store: Arc::new(store.clone()),
        root_keys: Arc::new(RootKeys::new(root_key(), Vec::new())),
        clock,
        entropy: Arc::new(OsEntropy),
        geoip: Arc::default(),
        index: Arc::new(RevocationIndex::new(Duration::from_secs(3_600))),
        set_back: Arc::new(SetBackAlarm::new(&metrics)),
        tolerance: Tolerance {
            grace: Duration::ZERO,
            retry_window: Duration::from_secs(600),
            derived_retry_window: Duration::from_secs(60),
            race_window: Duration::from_secs(10),
            regressed: RegressedPolicy::End,
        },
        idle_timeouts: IdleTimeouts {
            remembered: Duration::from_secs(1_000),
            short: Duration::from_secs(100),
        },
        access_ttl: Duration::from_secs(600),
        patience,
        live: metrics.family_actors.with_label_values(&[ActorState::Live.as_str()]),
        activating: metrics.family_actors.with_label_values(&[ActorState::Activating.as_str()]),
        metrics,
    }
}
