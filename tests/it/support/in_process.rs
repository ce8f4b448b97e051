//! A server inside the test process: for tests that hold its clock or its actors in their hands.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kindred::boot::{Kindred, World};
use kindred::clock::{Clock, SystemClock, Timestamp};
use kindred::config::Config;
use kindred::entropy::OsEntropy;

use super::backend::Env;
use super::client::Client;
use super::mailbox::Mailbox;
use super::metrics::metric_at;
use super::process::environment;

/// A clock that stands still until the test moves it, so that limits can be met to the microsecond.
#[derive(Debug)]
pub struct StoppedClock(AtomicI64);

impl StoppedClock {
    /// Stopped at this moment.
    pub fn new() -> Arc<StoppedClock> {
        Arc::new(StoppedClock(AtomicI64::new(SystemClock.now().as_micros())))
    }

    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.as_micros(), Ordering::SeqCst);
    }

    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    pub fn set_back(&self, by: Duration) {
        self.set(self.now().minus(by));
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A running server. End it with [`InProcess::stop`], or it lives as long as the test's runtime.
pub struct InProcess {
    pub kindred: Kindred,
    pub client: Client,
    data_dir: PathBuf,
}

impl InProcess {
    /// Starts on the test's runtime, which must be the multi-thread one.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(env: &Env, clock: Arc<dyn Clock>, further: &[(&str, &str)]) -> InProcess {
        let setup = env.setup(further);
        let config = Config::from_sources(None, environment(&setup)).expect("a configuration");
        let entropy = Arc::new(OsEntropy);
        let kindred = Kindred::start(&config, World { clock, entropy }).await.expect("it starts");
        let client = Client::new(&format!("http://{}", kindred.address()));
        InProcess { kindred, client, data_dir: setup.data_dir }
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The mails that this server has written to its data folder.
    pub fn mailbox(&self) -> Mailbox {
        Mailbox::of(&self.data_dir)
    }

    /// A metric's value, read as [`super::metrics::metric`] reads it.
    pub async fn metric(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        metric_at(&format!("http://{}", self.kindred.ops_address()), name, labels).await
    }

    pub async fn stop(self) {
        self.kindred.stop().await;
    }
}
