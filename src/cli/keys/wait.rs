//! A change of keys that must wait.

use std::process::ExitCode;
use std::time::Duration;

use crate::cli::exit;
use crate::cli::operation::print_json;
use crate::config::Span;
use crate::model::key_ring::Obstacle;

/// Tells that running servers must learn of a data key before it seals.
pub(super) fn wait_for_data_key(id: &str, left: Duration, json: bool) -> Result<ExitCode, String> {
    // A second that has begun is waited for.
    let seconds = left.as_secs() + 1;
    if json {
        let reason = format!("the data key {id} was announced a moment ago");
        print_json(&serde_json::json!({ "reason": reason, "seconds_left": seconds }))?;
    } else {
        let left = Span(Duration::from_secs(seconds));
        eprintln!("kindred: the data key {id} was announced a moment ago: {left} are left until it may seal");
    }
    Ok(ExitCode::from(exit::NOT_YET))
}

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
