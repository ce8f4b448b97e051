//! `kindred keys retire`: a signing key is retired out of turn, or a root key with its sessions.

use std::process::ExitCode;

use clap::Args;

use super::wait::wait;
use crate::account::Principal;
use crate::boot::Core;
use crate::cli::exit;
use crate::cli::operation::print_json;
use crate::keys::rotation::{Retired, SigningKeyError};

#[derive(Debug, Args)]
pub(super) struct Retire {
    /// The `kid` of the signing key. After `--`, one that begins with a hyphen is taken for no option.
    #[arg(required_unless_present_any = ["root", "all"], allow_hyphen_values = true)]
    kid: Option<String>,
    /// The id of a root key instead: end all sessions under it. If it is active, another one is announced, and the command
    /// exits with 3: do it again a minute later, to delete the key.
    #[arg(long, value_name = "ID", conflicts_with = "kid", requires = "now")]
    root: Option<u8>,
    /// All signing keys and all root keys: every session ends.
    #[arg(long, conflicts_with_all = ["kid", "root"], requires = "now")]
    all: bool,
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
        if self.all {
            return self.retire_all(core, principal).await;
        }
        if let Some(id) = self.root {
            return self.retire_root(core, principal, id).await;
        }
        let kid = self.kid.as_deref().unwrap_or_default();
        let retired = match core.administration.retire_signing_key(principal, kid, self.now).await {
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

    async fn retire_all(&self, core: &Core, principal: &Principal) -> Result<ExitCode, String> {
        let now = core.store.clock().now();
        let sessions = core.store.count_live_families(now).await.map_err(|error| error.to_string())?;
        eprintln!("{sessions} session(s) end now");
        let retired =
            core.administration.retire_all_keys(principal).await.map_err(|error| error.to_string())?;
        core.sessions.revoke_rows_of_all().await.map_err(|error| {
            format!("all keys are new and all sessions are revoked, but not in every row yet: {error}")
        })?;
        if self.json {
            print_json(&retired)?;
        } else {
            println!(
                "all keys are new; sessions created before {} are revoked",
                retired.created_before.rfc3339()
            );
            println!("add to secrets.revoked_kids: {}", retired.signing_keys.join(","));
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn retire_root(&self, core: &Core, principal: &Principal, id: u8) -> Result<ExitCode, String> {
        let sessions = core.root_rotation.count_under(id).await.map_err(|error| error.to_string())?;
        eprintln!("{sessions} session(s) are under root key {id} and end now");
        let retired = core.administration.retire_root_key(principal, id).await;
        let retired = retired.map_err(|error| error.to_string())?;
        if self.json {
            print_json(&retired)?;
        } else {
            println!("revoked {} session(s)", retired.revoked);
        }
        if retired.deleted {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!(
            "root key {id} is still active. Another one is announced, and running servers use it in a minute:"
        );
        eprintln!(
            "then do this again, to end the sessions that were opened until then and to delete the key"
        );
        Ok(ExitCode::from(exit::NOT_YET))
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
