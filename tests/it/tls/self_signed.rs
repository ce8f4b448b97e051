//! The certificate that the server makes for itself in development.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::common::shown;
use crate::support::backend::{Backend, Env};
use crate::support::client::Client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_made_once_and_kept() {
    let env = Env::new(Backend::Sqlite).await;
    let mut node = env.node(&[("KINDRED_TLS__SELF_SIGNED", "true")]).await;
    let first = tokio::task::block_in_place(|| shown(&node));
    let file = node.data_dir().join("self-signed.pem");
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).expect("a file");
    let url = node.base_url().replace("127.0.0.1", "localhost");
    Client::over_tls(&url, &text).signed_in().await;
    // The check of containers does not know the certificate.
    let address = node.base_url().trim_start_matches("https://").to_owned();
    let status = tokio::task::block_in_place(|| node.run(&["health", "--address", &address]));
    assert_eq!(status, "ready\n");
    tokio::task::block_in_place(|| node.restart());
    assert_eq!(tokio::task::block_in_place(|| shown(&node)), first);
}
