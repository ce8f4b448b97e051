//! A change of signing keys that must wait.

use std::process::ExitCode;
use std::time::Duration;

use crate::cli::exit;
use crate::cli::operation::print_json;
use crate::config::Span;
use crate::model::key_ring::Obstacle;

/// Tells what the change has to wait for, and for how long.
pub(super) fn wait(obstacle: &Obstacle, json: bool) -> Result<ExitCode, String> {
    let seconds = obstacle.seconds_left();
    if json {
        let reason = obstacle.to_string();
        print_json(&serde_json::json!({ "reason": reason, "seconds_left": seconds }))?;
    } else if let Some(seconds) = seconds {
        eprintln!("kindred: {obstacle}: {} are left", Span(Duration::from_secs(seconds)));
    } else {
        eprintln!("kindred: {obstacle}");
    }
    Ok(ExitCode::from(exit::NOT_YET))
}
