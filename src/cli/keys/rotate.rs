//! `kindred keys rotate`: the next signing key takes over, or a root key is announced.

use std::process::ExitCode;

use clap::Args;

use super::wait::wait;
use crate::account::Principal;
use crate::boot::Core;
use crate::cli::operation::print_json;
use crate::keys::rotation::SigningKeyError;
use crate::model::signing_algorithm::SigningAlgorithm;

#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// `ES256` or `Ed25519`; by default the one that signs access tokens.
    #[arg(long)]
    algorithm: Option<SigningAlgorithm>,
    /// Rotate the root keys, under which refresh tokens are derived: announce a key, which running servers use after a
    /// minute.
    #[arg(long, conflicts_with = "algorithm")]
    root: bool,
    /// Print JSON, for programs.
    #[arg(long)]
    json: bool,
}

impl Rotate {
    pub async fn perform(self, core: &Core, principal: &Principal) -> Result<ExitCode, String> {
        if self.root {
            return self.rotate_root(core, principal).await;
        }
        let rotated = match core.administration.rotate_signing_key(principal, self.algorithm).await {
            Ok(rotated) => rotated,
            Err(SigningKeyError::Obstacle(obstacle)) => return wait(&obstacle, self.json),
            Err(error) => return Err(error.to_string()),
        };
        if self.json {
            print_json(&rotated)?;
        } else {
            println!("{} signs {}; {} is next", rotated.active, rotated.algorithm, rotated.standby);
            if let Some(kid) = &rotated.retired {
                println!("{kid} is retired: its tokens are still accepted");
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn rotate_root(self, core: &Core, principal: &Principal) -> Result<ExitCode, String> {
        let step = match core.administration.rotate_root_key(principal).await {
            Ok(step) => step,
            Err(SigningKeyError::Obstacle(obstacle)) => return wait(&obstacle, self.json),
            Err(error) => return Err(error.to_string()),
        };
        if self.json {
            print_json(&step)?;
        } else {
            println!("root key {} is announced; running servers use it in a minute", step.id);
        }
        Ok(ExitCode::SUCCESS)
    }
}
