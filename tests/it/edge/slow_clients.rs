//! A thousand slow connections: others are served, and the connections end.

use std::process::Command;

use crate::support::backend::{Backend, Env};
use crate::support::client::PASSWORD;

/// Slow heads (Slowloris), slow bodies (R-U-Dead-Yet), slow reading.
const MODES: [(&str, &[&str]); 3] = [
    ("-H", &["-i", "2", "-x", "24", "-t", "GET"]),
    ("-B", &["-i", "2", "-s", "8192", "-x", "10", "-f", "application/json", "-t", "POST"]),
    ("-X", &["-w", "1", "-y", "2", "-n", "5", "-z", "1", "-k", "3"]),
];
const CONNECTIONS: &str = "1000";
const SECONDS: &str = "8";
/// For how long its own request may take before it calls the service unavailable.
const PATIENCE: &str = "6";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_connections_keep_no_one_out() {
    let env = Env::new(Backend::Sqlite).await;
    let settings = [("KINDRED_SERVER__REQUEST_TIMEOUT", "6s"), ("KINDRED_SESSIONS__MAX_PER_USER", "10000")];
    let node = env.node(&settings).await;
    let user = node.client().signed_in().await;
    for (mode, options) in MODES {
        let path = if mode == "-B" { "/api/v1/auth/login" } else { "/api/openapi.json" };
        let url = format!("{}{path}", node.base_url());
        let attack = tokio::task::spawn_blocking(move || {
            let fixed = [mode, "-c", CONNECTIONS, "-r", "500", "-l", SECONDS, "-p", PATIENCE, "-u", &url];
            let output = Command::new("slowhttptest").args(fixed).args(options).output();
            output.expect("slowhttptest starts; see the Debian packages of scripts/test")
        });
        let mut served = 0;
        while !attack.is_finished() {
            // Each with a connection of its own, as strangers come.
            let client = node.client();
            assert_eq!(client.get("/health/live").await.status, 200, "{mode}");
            assert_eq!(client.me(&user.access).await.status, 200, "{mode}");
            assert_eq!(client.login(&user.email, PASSWORD).await.status, 200, "{mode}");
            served += 1;
        }
        let output = attack.await.expect("it ends");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(served > 0, "{mode}: {told}");
        assert!(told.contains("service available") && !told.contains("NO\u{1b}"), "{mode}: {told}");
    }
    assert!(!node.logs().contains("panicked"));
}
