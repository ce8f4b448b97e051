//! Uploads last as long as their clients like. No one holds more than a few.

use macro_rules_attribute::apply;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::avatars::common::{AVATAR, png, put};
use crate::support::backend::{Env, on_both_databases};
use crate::support::process::Node;

/// One user may have 4 under way, and as many wait as there are places: 64.
const ADMITTED: usize = 4 + 64;

/// An upload that never sends its body; ends with the answer.
async fn stalled(address: String, access: String) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "PUT {AVATAR} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {access}\r\n\
         Content-Type: image/png\r\nContent-Length: 1000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn address(node: &Node) -> String {
    node.base_url().trim_start_matches("http://").to_owned()
}

#[apply(on_both_databases)]
async fn slow_uploads_of_one_user_shut_no_one_else_out(env: Env) {
    let node = env.node(&[("KINDRED_SERVER__REQUEST_TIMEOUT", "60s")]).await;
    let client = node.client();
    let (slow, other) = (client.signed_in().await, client.signed_in().await);
    let mut uploads = JoinSet::new();
    for _ in 0..ADMITTED + 2 {
        uploads.spawn(stalled(address(&node), slow.access.clone()));
    }
    // All others are under way, or wait.
    for _ in 0..2 {
        let answer = uploads.join_next().await.expect("an upload").expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    }
    let reply = put(&client, &other, "image/png", png([1, 2, 3])).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    uploads.abort_all();
}
