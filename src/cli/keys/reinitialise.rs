//! `kindred keys reinitialise`: new keys for a database whose master key is lost, or whose key service has lost the key.

use std::process::ExitCode;

use clap::Args;

use crate::boot::{LockedStore, World};
use crate::cli::operation::print_json;
use crate::config::Config;
use crate::keys::KeyStore;
use crate::keys::reinitialisation::Losses;

#[derive(Debug, Args)]
pub(super) struct Reinitialise {
    /// Do it. Without this the command says what is lost, and changes nothing.
    #[arg(long)]
    yes: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Reinitialise {
    pub async fn perform(
        self,
        locked: &LockedStore,
        world: &World,
        config: &Config,
    ) -> Result<ExitCode, String> {
        let recovery = locked.data_keys.recovery().await.map_err(|error| error.to_string())?;
        let clock = locked.store.clock();
        let keys = KeyStore {
            store: &locked.store,
            master: &recovery.ring,
            entropy: world.entropy.as_ref(),
            clock: clock.as_ref(),
            revoked_kids: &config.secrets.revoked_kids,
        };
        let losses = if self.yes {
            keys.reinitialise(&locked.data_keys, &recovery, config.tokens.signing_algorithm).await
        } else {
            keys.losses(&recovery).await
        };
        let losses = losses.map_err(|error| error.to_string())?;
        if self.json {
            print_json(&losses)?;
        } else {
            print(&losses);
        }
        if self.yes {
            Ok(ExitCode::SUCCESS)
        } else {
            Err("nothing was changed: stop all nodes and add --yes".to_owned())
        }
    }
}

fn print(losses: &Losses) {
    println!("{:22} {:>10}", "data_keys", losses.data_keys.len());
    println!("{:22} {:>10}", "sessions", losses.sessions);
    for table in &losses.tables {
        println!("{:22} {:>10}", table.table, table.values);
    }
    println!(
        "{} user(s) are locked out until an administrator resets their second factors",
        losses.locked_out.len()
    );
    for user in &losses.locked_out {
        println!("{user}");
    }
    println!("add to secrets.revoked_kids: {}", losses.signing_keys.join(","));
}
