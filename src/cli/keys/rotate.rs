//! `kindred keys rotate`: the next signing key takes over.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::account::Principal;
use crate::boot::Core;
use crate::cli::exit;
use crate::cli::operation::print_json;
use crate::config::Span;
use crate::keys::rotation::RotateError;
use crate::model::key_ring::Obstacle;
use crate::model::signing_algorithm::SigningAlgorithm;

#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// `ES256` or `Ed25519`; by default the one that signs access tokens.
    #[arg(long)]
    algorithm: Option<SigningAlgorithm>,
    /// Print JSON, for programs.
    #[arg(long)]
    json: bool,
}

impl Rotate {
    pub async fn perform(self, core: &Core, principal: &Principal) -> Result<ExitCode, String> {
        let rotated = match core.administration.rotate_signing_key(principal, self.algorithm).await {
            Ok(rotated) => rotated,
            Err(RotateError::Obstacle(obstacle)) => return self.wait(&obstacle),
            Err(error) => return Err(error.to_string()),
        };
        if self.json {
            print_json(&rotated)?;
        } else {
            println!("{} signs {}; {} is next", rotated.active, rotated.algorithm, rotated.standby);
            for kid in &rotated.retired {
                println!("{kid} is retired: its tokens are still accepted");
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Tells what a rotation has to wait for, and for how long.
    fn wait(&self, obstacle: &Obstacle) -> Result<ExitCode, String> {
        let seconds = obstacle.seconds_left();
        if self.json {
            let reason = obstacle.to_string();
            print_json(&serde_json::json!({ "reason": reason, "seconds_left": seconds }))?;
        } else if let Some(seconds) = seconds {
            eprintln!("kindred: {obstacle}: {} are left", Span(Duration::from_secs(seconds)));
        } else {
            eprintln!("kindred: {obstacle}");
        }
        Ok(ExitCode::from(exit::NOT_YET))
    }
}
