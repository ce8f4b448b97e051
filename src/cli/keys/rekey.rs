//! `kindred keys rekey`: wraps the data keys again, or announces a new one. It touches no sealed row.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::wait::wait_for_data_key;
use crate::boot::{LockedStore, World, former_key_encryption};
use crate::cli::operation::print_json;
use crate::config::Config;
use crate::keys::data_keys::DataKeyError;

#[derive(Debug, Args)]
pub(super) struct Rekey {
    /// The configuration file whose master key or key service the data keys are wrapped under now; by default that of this
    /// configuration. Variables of the environment do not count for it.
    #[arg(long, value_name = "FILE", conflicts_with = "new_data_key")]
    from: Option<PathBuf>,
    /// Announce a new data key, under which `kindred keys reseal` seals a minute later. The first one takes the place of the
    /// master key.
    #[arg(long)]
    new_data_key: bool,
    /// Print JSON, for programs.
    #[arg(long)]
    json: bool,
}

impl Rekey {
    pub async fn perform(
        self,
        locked: &LockedStore,
        config: &Config,
        world: &World,
    ) -> Result<ExitCode, String> {
        if self.new_data_key { self.announce(locked).await } else { self.rewrap(locked, config, world).await }
    }

    async fn announce(self, locked: &LockedStore) -> Result<ExitCode, String> {
        let id = match locked.data_keys.announce().await {
            Ok(id) => id,
            Err(DataKeyError::NotRipe { id, left }) => return wait_for_data_key(&id, left, self.json),
            Err(error) => return Err(error.to_string()),
        };
        if self.json {
            print_json(&json!({ "announced": id }))?;
        } else {
            println!("the data key {id} is announced; `kindred keys reseal` seals under it in a minute");
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn rewrap(self, locked: &LockedStore, config: &Config, world: &World) -> Result<ExitCode, String> {
        let former = match &self.from {
            None => former_key_encryption(config, &locked.metrics, world),
            Some(file) => {
                let former = Config::from_sources(Some(file), []).map_err(|error| error.to_string())?;
                former_key_encryption(&former, &locked.metrics, world)
            }
        };
        let former = former.map_err(|error| error.to_string())?;
        let count = locked.data_keys.rewrap(former.as_ref()).await.map_err(|error| error.to_string())?;
        if count == 0 {
            return Err("the database has no data keys: --new-data-key announces the first one".to_owned());
        }
        if self.json {
            print_json(&json!({ "rewrapped": count }))?;
        } else {
            println!("{count} data keys are wrapped under the key of this configuration");
        }
        Ok(ExitCode::SUCCESS)
    }
}
