//! `kindred canary`: which share of the users gets the configured generation of cookies.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::operation::{self, print_json};
use crate::boot::Core;
use crate::config::{Config, Cookie};
use crate::model::cookie_generation::CanaryShare;

#[derive(Debug, Args)]
pub(super) struct Canary {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set the share of the users that gets the generation of `cookie.generation`; the others get the first of
    /// `cookie.accept_generations`. Running servers follow within a second.
    Set {
        /// From 0 to 100.
        percent: CanaryShare,
    },
    /// Show the share. Where none was set, everyone gets the generation.
    Show {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

impl Canary {
    pub fn run(self, config: &Config) -> ExitCode {
        operation::run(config, async |core, _| match self.action {
            Action::Set { percent } => set(core, &config.cookie, percent).await,
            Action::Show { json } => show(core, &config.cookie, json).await,
        })
    }
}

async fn set(core: &Core, cookie: &Cookie, share: CanaryShare) -> Result<(), String> {
    let generation = cookie.generation.as_str();
    if cookie.previous().is_none() && share != CanaryShare::EVERYONE {
        return Err(format!(
            "there is no generation for the other users: cookie.accept_generations names none besides {generation}"
        ));
    }
    let now = core.store.clock().now();
    core.store.set_canary_share(generation, share, now).await.map_err(|error| error.to_string())?;
    println!("{generation}: {} % of the users", share.percent());
    Ok(())
}

async fn show(core: &Core, cookie: &Cookie, json: bool) -> Result<(), String> {
    let generation = cookie.generation.as_str();
    let stored = core.store.canary_share(generation).await.map_err(|error| error.to_string())?;
    let percent = stored.unwrap_or(CanaryShare::EVERYONE).percent();
    let previous = cookie.previous();
    if json {
        return print_json(&serde_json::json!({
            "generation": generation,
            "percent": percent,
            "is_set": stored.is_some(),
            "previous": previous,
        }));
    }
    println!("{generation}: {percent} % of the users");
    if let Some(previous) = previous {
        println!("{previous}: {} % of the users", 100 - percent);
    }
    Ok(())
}
