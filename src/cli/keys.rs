//! `kindred keys`: the keys that sign access tokens, and those that seal secrets in the database.

mod list;
mod reinitialise;
mod rekey;
mod reseal;
mod retire;
mod rotate;
mod wait;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{failed, operation, runtime};
use crate::boot::{LockedStore, World};
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
    /// Wrap the data keys again under the key-encryption key of this configuration, or announce a new data key. Servers may
    /// keep running.
    Rekey(rekey::Rekey),
    /// Reseal under the active key what a previous one has sealed. A data key on standby becomes active first. Servers may
    /// keep running. Exits with 3 while the key on standby must still wait.
    Reseal(reseal::Reseal),
    /// Make new keys for a database whose master key, or key in a key service, is lost. Every session ends, and users whose second factors cannot be
    /// opened again are locked out until an administrator resets these. Stop all nodes before.
    Reinitialise(reinitialise::Reinitialise),
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
            Action::Rekey(rekey) => {
                on_locked_store(config, async |locked, world| rekey.perform(locked, config, world).await)
            }
            Action::Reseal(reseal) => {
                on_locked_store(config, async |locked, world| reseal.perform(locked, world).await)
            }
            Action::Reinitialise(reinitialise) => on_locked_store(config, async |locked, world| {
                reinitialise.perform(locked, world, config).await
            }),
        }
    }
}

/// Nothing else is started, and no data key is unwrapped yet: what cannot be opened must not keep these commands from
/// running.
fn on_locked_store(
    config: &Config,
    work: impl AsyncFnOnce(&LockedStore, &World) -> Result<ExitCode, String>,
) -> ExitCode {
    if let Some(error) = operation::missing_database(config) {
        return failed(error);
    }
    let done = runtime().map_err(|error| error.to_string()).and_then(|runtime| {
        runtime.block_on(async {
            let world = World::default();
            let locked = LockedStore::open(config, &world).await.map_err(|error| error.to_string())?;
            let done = work(&locked, &world).await;
            locked.store.close().await;
            done
        })
    });
    done.unwrap_or_else(failed)
}
