//! `kindred migrate`: changes or shows the schema of the database.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{failed, runtime};
use crate::boot::World;
use crate::config::Config;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;

#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Apply all pending migrations (the default).
    Up,
    /// Revert the last migrations. Their data is lost.
    Down {
        /// The number of migrations.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
    },
    /// List the migrations and whether they are applied.
    Status {
        /// Print JSON, for programs.
        #[arg(long)]
        json: bool,
    },
}

impl Migrate {
    pub fn run(self, config: &Config) -> ExitCode {
        let result = runtime()
            .map_err(|error| error.to_string())
            .and_then(|runtime| runtime.block_on(self.act(config)));
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(error),
        }
    }

    async fn act(self, config: &Config) -> Result<(), String> {
        let metrics = Metrics::new().map_err(|error| error.to_string())?;
        let store = Store::connect(&config.database, metrics, World::default().clock)
            .await
            .map_err(|error| error.to_string())?;
        let result = match self.action.unwrap_or(Action::Up) {
            Action::Up => store.migrate_up().await,
            Action::Down { steps } => store.migrate_down(steps).await,
            Action::Status { json } => return status(&store, json).await,
        };
        result.map_err(|error| error.to_string())?;
        status(&store, false).await
    }
}

async fn status(store: &Store, json: bool) -> Result<(), String> {
    let states = store.schema().await.map_err(|error| error.to_string())?.migrations;
    if json {
        println!("{}", serde_json::to_string_pretty(&states).map_err(|error| error.to_string())?);
        return Ok(());
    }
    for state in states {
        let word = match (state.known, state.applied) {
            (false, _) => "newer  ",
            (true, true) => "applied",
            (true, false) => "pending",
        };
        println!("{word}  {}", state.name);
    }
    Ok(())
}
