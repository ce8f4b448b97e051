//! `kindred keys`: the keys that sign access tokens, and those that seal secrets in the database.

mod list;
mod reseal;
mod retire;
mod rotate;
mod wait;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{failed, operation, runtime};
use crate::boot::{SealedStore, World};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the signing keys, with their states and when each takes its next step.
    List(list::List),
    /// Let the signing key on standby take over. Running servers follow within a second or two. Exits with 3 and the
    /// time that is left if it has not been published for long enough.
    Rotate(rotate::Rotate),
    /// Retire a signing key out of turn, at once if it may have been stolen. Exits with 3 if the next key must still wait.
    Retire(retire::Retire),
    /// Reseal under the active master key what a previous one has sealed. Servers may keep running.
    Reseal(reseal::Reseal),
}

impl Keys {
    pub fn run(self, config: &Config) -> ExitCode {
        match self.action {
            Action::List(list) => operation::run(config, async |core, _| list.perform(core).await),
            Action::Rotate(rotate) => {
                operation::run_to_code(config, async |core, principal| rotate.perform(core, principal).await)
            }
            Action::Retire(retire) => {
                operation::run_to_code(config, async |core, principal| retire.perform(core, principal).await)
            }
            Action::Reseal(reseal) => run_reseal(reseal, config),
        }
    }
}

/// Nothing else is started: sealed values that cannot be opened must not keep this command from running.
fn run_reseal(reseal: reseal::Reseal, config: &Config) -> ExitCode {
    let done = runtime().map_err(|error| error.to_string()).and_then(|runtime| {
        runtime.block_on(async {
            let world = World::default();
            let sealed_store = SealedStore::open(config, &world).await.map_err(|error| error.to_string())?;
            let done = reseal.perform(&sealed_store, &world).await;
            sealed_store.store.close().await;
            done
        })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error),
    }
}
