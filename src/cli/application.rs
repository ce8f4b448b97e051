//! `kindred application`: servers that act for the browsers of their users.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::operation::{self, print_json};
use crate::account::Principal;
use crate::boot::Core;
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Application {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create an application, and print the value of its header `Kindred-Application`, which is shown once.
    Create {
        /// What people call it.
        name: String,
    },
    /// List all applications.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove an application. Running servers refuse it within two seconds.
    Remove { id: Uuid },
}

impl Application {
    pub fn run(self, config: &Config) -> ExitCode {
        operation::run_before_start(config, async |core, principal| match self.action {
            Action::Create { name } => create(core, principal, &name).await,
            Action::List { json } => list(core, json).await,
            Action::Remove { id } => {
                let removed = core.administration.remove_application(principal, id).await;
                removed.map_err(|error| error.to_string())
            }
        })
    }
}

/// Only the value of the header goes to standard output, so that a program can read it.
async fn create(core: &Core, principal: &Principal, name: &str) -> Result<(), String> {
    let created = core.administration.create_application(principal, name).await;
    let (application, secret) = created.map_err(|error| error.to_string())?;
    eprintln!("the application {} has this value of Kindred-Application:", application.name);
    println!("{}:{}", application.id, secret.expose());
    Ok(())
}

async fn list(core: &Core, json: bool) -> Result<(), String> {
    let applications = core.store.applications().await.map_err(|error| error.to_string())?;
    if json {
        let items: Vec<_> = applications
            .iter()
            .map(|application| {
                serde_json::json!({
                    "id": application.id,
                    "name": application.name,
                    "created_at": application.created_at.rfc3339(),
                })
            })
            .collect();
        return print_json(&items);
    }
    for application in applications {
        println!("{}  {}  {}", application.id, application.created_at.rfc3339(), application.name);
    }
    Ok(())
}
