//! `kindred keys`: the keys that seal secrets in the database.

mod reseal;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{failed, runtime};
use crate::boot::{SealedStore, World};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Reseal under the active master key what a previous one has sealed. Servers may keep running.
    Reseal(reseal::Reseal),
}

impl Keys {
    pub fn run(self, config: &Config) -> ExitCode {
        let done = runtime().map_err(|error| error.to_string()).and_then(|runtime| {
            runtime.block_on(async {
                let world = World::default();
                // Nothing else is started: sealed values that cannot be opened must not keep this command from running.
                let sealed_store =
                    SealedStore::open(config, &world).await.map_err(|error| error.to_string())?;
                let done = self.action.perform(&sealed_store, &world).await;
                sealed_store.store.close().await;
                done
            })
        });
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(error),
        }
    }
}

impl Action {
    async fn perform(self, sealed_store: &SealedStore, world: &World) -> Result<(), String> {
        match self {
            Self::Reseal(reseal) => reseal.perform(sealed_store, world).await,
        }
    }
}
