//! A line may be slow; it may not stand still, nor trickle for ever.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::common::{AVATAR, files, noise};
use crate::support::backend::{Backend, Env};
use crate::support::process::Node;

/// Sends the body in this many parts, one each `pause`, and returns the answer.
async fn trickle(node: &Node, body: &[u8], parts: usize, pause: Duration) -> String {
    let user = node.client().signed_in_at_last().await;
    let address = node.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let (access, length) = (&user.access, body.len());
    let head = format!(
        "PUT {AVATAR} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {access}\r\n\
         Content-Type: image/png\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    let (mut reader, mut writer) = stream.split();
    let sending = async {
        let mut ticks = tokio::time::interval(pause);
        for part in body.chunks(body.len().div_ceil(parts)) {
            ticks.tick().await;
            if writer.write_all(part).await.is_err() {
                return;
            }
        }
    };
    let mut answer = Vec::new();
    let receiving = reader.read_to_end(&mut answer);
    let _ = futures_util::join!(sending, receiving);
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_is_fine() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_SERVER__REQUEST_TIMEOUT", "5s")]).await;
    // Longer than any other body may take.
    let answer = trickle(&node, &noise(100), 12, Duration::from_millis(500)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standing_still_is_not() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_SERVER__REQUEST_TIMEOUT", "300ms")]).await;
    let answer = trickle(&node, &noise(100), 2, Duration::from_secs(5)).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(files(node.data_dir()).len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trickling_for_ever_is_not_either() {
    let env = Env::new(Backend::Sqlite).await;
    // Room for a thousand bytes takes no time on the slowest line, so only the pause is left.
    let small = [("KINDRED_SERVER__REQUEST_TIMEOUT", "1s"), ("KINDRED_AVATARS__MAX_BYTES", "1024")];
    let node = env.node(&small).await;
    let answer = trickle(&node, &noise(14), 100, Duration::from_millis(100)).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}
