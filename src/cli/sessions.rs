//! `kindred sessions`: acts on the sessions of all users.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::operation::{self, print_json};
use crate::account::Principal;
use crate::boot::Core;
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Sessions {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Revoke all sessions of all users, for example after an incident. Running servers learn of it at once.
    RevokeAll {
        /// Print JSON, for programs.
        #[arg(long)]
        json: bool,
    },
}

impl Sessions {
    pub fn run(self, config: &Config) -> ExitCode {
        let Action::RevokeAll { json } = self.action;
        operation::run(config, async |core, principal| revoke_all(core, principal, json).await)
    }
}

async fn revoke_all(core: &Core, principal: &Principal, json: bool) -> Result<(), String> {
    let cutoff =
        core.administration.revoke_all_sessions(principal).await.map_err(|error| error.to_string())?;
    let written = core.sessions.revoke_rows_of_all().await;
    let created_before = cutoff.moment().rfc3339();
    let rows = written.map_err(|error| {
        format!("all sessions created before {created_before} are revoked, but not in every row yet: {error}")
    })?;
    if json {
        return print_json(&serde_json::json!({ "created_before": created_before, "revoked": rows }));
    }
    println!("revoked all sessions created before {created_before}: {rows}");
    Ok(())
}
