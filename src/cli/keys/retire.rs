//! `kindred keys retire`: a signing key is retired out of turn.

use std::process::ExitCode;

use clap::Args;

use super::wait::wait;
use crate::account::Principal;
use crate::boot::Core;
use crate::cli::operation::print_json;
use crate::keys::rotation::{Retired, SigningKeyError};

#[derive(Debug, Args)]
pub(super) struct Retire {
    /// The `kid` of the key.
    kid: String,
    /// The key may have been stolen: refuse its tokens from now on, on running servers within a second, and let the next
    /// key sign without waiting.
    #[arg(long)]
    now: bool,
    /// Print JSON, for programs.
    #[arg(long)]
    json: bool,
}

impl Retire {
    pub async fn perform(self, core: &Core, principal: &Principal) -> Result<ExitCode, String> {
        let retired = match core.administration.retire_signing_key(principal, &self.kid, self.now).await {
            Ok(retired) => retired,
            Err(SigningKeyError::Obstacle(obstacle)) => return wait(&obstacle, self.json),
            Err(error) => return Err(error.to_string()),
        };
        if self.json {
            print_json(&retired)?;
        } else {
            print(&retired);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(retired: &Retired) {
    println!("{} was {} and is retired", retired.kid, retired.was);
    if let Some(kid) = &retired.active {
        println!("{kid} signs {}", retired.algorithm);
    }
    if let Some(kid) = &retired.standby {
        println!("{kid} is next");
    }
    if retired.now {
        println!(
            "its tokens are refused; clients refresh them. Let services that verify tokens fetch the JWK Set again"
        );
        println!("add {} to secrets.revoked_kids before you restore a backup of before", retired.kid);
    }
}
