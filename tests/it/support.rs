//! What the integration tests share: a real node, its databases, faults and a client.

#![allow(dead_code, reason = "a toolbox: a tool may wait for the test that needs it")]

pub mod authenticator;
pub mod backend;
pub mod chaos_proxy;
pub mod client;
pub mod eventually;
pub mod fake_http;
pub mod fake_provider;
pub mod faketime;
pub mod family;
pub mod in_process;
pub mod mailbox;
pub mod metrics;
pub mod migrated;
pub mod mmdb;
pub mod otlp;
pub mod output;
pub mod person;
pub mod phones;
pub mod postgres;
pub mod process;
pub mod redis;
pub mod reply;
pub mod scene;
pub mod security_events;
pub mod smtp_server;
pub mod sql;
pub mod stall;
pub mod totp;

/// Says that a test cannot run here.
///
/// # Panics
/// Where all tests must run: in continuous integration.
pub fn not_run(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "NOT RUN: {reason}");
    eprintln!("NOT RUN: {reason}");
}

/// The root of the repository.
pub fn repository() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}
