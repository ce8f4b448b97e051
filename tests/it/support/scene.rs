//! A server whose time the test holds, with the messages that it sends. Groups of tests add their own people to it.

use std::sync::Arc;

use kindred::clock::Clock;

use super::backend::Env;
use super::client::Client;
use super::in_process::{InProcess, StoppedClock};
use super::phones::Phones;

pub struct Scene {
    pub clock: Arc<StoppedClock>,
    pub server: InProcess,
}

impl Scene {
    /// Starts a server with this further environment. Its clock stands still until the test moves it.
    pub async fn start(env: &Env, further: &[(&str, &str)]) -> Scene {
        let clock = StoppedClock::new();
        let server = InProcess::start(env, clock.clone(), further).await;
        Scene { clock, server }
    }

    pub fn client(&self) -> &Client {
        &self.server.client
    }

    /// The time of the server, in seconds since 1970.
    pub fn seconds(&self) -> i64 {
        self.clock.now().unix_seconds()
    }

    /// The SMS that the server has written to its data folder.
    pub fn phones(&self) -> Phones {
        Phones::of(self.server.data_dir())
    }
}
