//! Too large is told at once, whatever the client says of the length.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::common::{AVATAR, files, noise, put};
use crate::support::backend::{Backend, Env};
use crate::support::client::SignedIn;
use crate::support::process::Node;

const LIMIT: usize = 20_000;

async fn small() -> (Env, Node) {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_AVATARS__MAX_BYTES", "20000")]).await;
    (env, node)
}

fn head(user: &SignedIn, length: &str) -> String {
    let access = &user.access;
    format!(
        "PUT {AVATAR} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {access}\r\nContent-Type: image/png\r\n{length}\r\n\r\n"
    )
}

/// Sends what is given and reads the head of the answer.
async fn begin(node: &Node, message: &[u8]) -> String {
    let address = node.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(message).await.expect("written");
    let mut answer = vec![0; 64 * 1024];
    let read = stream.read(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_too_much_is_told_at_once() {
    let (_env, node) = small().await;
    let client = node.client();
    let user = client.signed_in().await;
    let fits = noise(80);
    assert!(fits.len() > 19_000 && fits.len() <= LIMIT, "{}", fits.len());
    assert_eq!(put(&client, &user, "image/png", fits.clone()).await.status, 200);
    put(&client, &user, "image/png", vec![0; LIMIT + 1]).await.assert_problem(413, "payload_too_large");

    // Announced, and not a byte of it sent.
    let answer = begin(&node, head(&user, "Content-Length: 20001").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    // In chunks that have no end: the answer comes before it.
    let mut endless = head(&user, "Transfer-Encoding: chunked").into_bytes();
    for part in [vec![7; LIMIT], vec![7; 1]] {
        endless.extend(format!("{:x}\r\n", part.len()).as_bytes());
        endless.extend(part);
        endless.extend(b"\r\n");
    }
    let answer = begin(&node, &endless).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(files(node.data_dir()).len(), 1, "the first picture, and no upload that was left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_length_that_lies_does_not_matter() {
    let (_env, node) = small().await;
    let client = node.client();
    let user = client.signed_in().await;
    let picture = noise(20);
    // Less than announced, and then nothing more.
    let mut message = head(&user, &format!("Content-Length: {}", picture.len() + 1)).into_bytes();
    message.extend(&picture);
    let address = node.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(&message).await.expect("written");
    stream.shutdown().await.expect("closed");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    // More than announced: the picture ends where the announcement says, and what follows is no request.
    let mut message = head(&user, &format!("Content-Length: {}", picture.len() - 1)).into_bytes();
    message.extend(&picture);
    let answer = begin(&node, &message).await;
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    assert_eq!(files(node.data_dir()).len(), 0);
}
