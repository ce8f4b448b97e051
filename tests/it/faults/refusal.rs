//! A server that must not start.

use std::process::Stdio;

use crate::support::eventually::wait_until;
use crate::support::output::Output;
use crate::support::process::{Setup, command};

/// What the server says when it refuses to start.
///
/// # Panics
/// When it starts, or dies of a panic or a signal.
pub fn refusal(setup: &Setup) -> String {
    let mut child = command(setup)
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server's binary starts");
    let mut output = Output::collect(&mut child);
    let status = wait_until("the server refuses or listens", || {
        if output.text().contains("listening on") {
            let _ = child.kill();
        }
        child.try_wait().expect("a child of ours")
    });
    output.finish();
    let text = output.text();
    assert_eq!(status.code(), Some(1), "{status}: {text}");
    assert!(!text.contains("listening on") && !text.contains("panicked"), "{text}");
    text
}
