//! `kindred metrics`: prints the reference of all metrics.

use std::process::ExitCode;

use super::failed;
use crate::telemetry::metrics;

pub(super) fn run() -> ExitCode {
    match metrics::reference() {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(error),
    }
}
