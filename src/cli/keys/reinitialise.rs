//! `kindred keys reinitialise`: new keys for a database whose master key is lost.

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
        let sealed_store = locked.unlock().await.map_err(|error| error.to_string())?;
        let clock = sealed_store.store.clock();
        let keys = KeyStore {
            store: &sealed_store.store,
            master: &sealed_store.master,
            entropy: world.entropy.as_ref(),
            clock: clock.as_ref(),
            revoked_kids: &config.secrets.revoked_kids,
        };
        let losses = if self.yes {
            keys.reinitialise(config.tokens.signing_algorithm).await
        } else {
            keys.losses().await
        };
        let losses = losses.map_err(|error| error.to_string())?;
        if self.json {
            print_json(&losses)?;
        } else {
            print(&losses);
        }
        if self.yes { Ok(ExitCode::SUCCESS) } else { Err("nothing was changed: stop all nodes and add --yes".to_owned()) }
    }
}

fn print(losses: &Losses) {
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
