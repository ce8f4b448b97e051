//! `kindred keys reseal`: reseals under the active master key what previous ones have sealed.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::wait::wait_for_data_key;
use crate::boot::{LockedStore, World};
use crate::cli::operation::print_json;
use crate::cli::progress;
use crate::keys::data_keys::DataKeyError;
use crate::keys::resealing::{Resealing, ResealingReport};

#[derive(Debug, Args)]
pub(super) struct Reseal {
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Reseal {
    pub async fn perform(self, locked: &LockedStore, world: &World) -> Result<ExitCode, String> {
        let sealed_store = locked.unlock().await.map_err(|error| error.to_string())?;
        match sealed_store.data_keys.activate().await {
            Ok(None) => {}
            Ok(Some(_)) => {
                let ring = sealed_store.data_keys.open().await.map_err(|error| error.to_string())?;
                sealed_store.master.replace(ring);
            }
            Err(DataKeyError::NotRipe { id, left }) => return wait_for_data_key(&id, left, self.json),
            Err(error) => return Err(error.to_string()),
        }
        let resealing = Resealing {
            store: Arc::clone(&sealed_store.store),
            master: Arc::clone(&sealed_store.master),
            entropy: Arc::clone(&world.entropy),
        };
        let count = resealing.count().await.map_err(|error| error.to_string())?;
        let bar = progress::bar(Some(count));
        let result = resealing.run(|values| bar.inc(values)).await;
        bar.finish_and_clear();
        let report = result.map_err(|error| error.to_string())?;
        if self.json {
            print_json(&report)?;
        } else {
            let uses_data_keys =
                !sealed_store.store.data_keys().await.map_err(|error| error.to_string())?.is_empty();
            print(&report, uses_data_keys, sealed_store.master.has_previous());
        }
        verdict(&report).map(|()| ExitCode::SUCCESS)
    }
}

fn print(report: &ResealingReport, uses_data_keys: bool, has_previous: bool) {
    for value in &report.failed {
        eprintln!("{}: {}", value.row, value.reason);
    }
    for table in &report.tables {
        println!("{:22} {:>10}", table.table, table.resealed);
    }
    if uses_data_keys {
        return println!("the active data key has the id {}", report.active_key);
    }
    println!("the active master key has the id {}", report.active_key);
    if has_previous && report.previous_keys_removable {
        println!("the previous master keys can be removed from the configuration");
    }
}

fn verdict(report: &ResealingReport) -> Result<(), String> {
    if !report.previous_keys_removable {
        return Err(
            "the previous master keys are still needed, because a server seals under one of them. Give all servers \
                    the same configuration, restart them and run this command again"
                .to_owned(),
        );
    }
    match report.failed.len() {
        0 => Ok(()),
        failed => Err(format!("{failed} value(s) cannot be opened with any of the master keys")),
    }
}
