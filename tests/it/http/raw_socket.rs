//! Requests that no client library would send.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::common::shared;
use crate::support::backend::{Backend, Env};
use crate::support::eventually::DEADLINE;
use crate::support::process::Node;

const HEAD: &str = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
const SECOND: &str = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";

/// Sends the bytes and reads until the server closes.
pub async fn exchange(node: &Node, bytes: &[u8]) -> String {
    let address = node.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(bytes).await.expect("written");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let closed = tokio::time::timeout(DEADLINE, read).await;
    closed
        .unwrap_or_else(|_| panic!("left open after {:?}", String::from_utf8_lossy(bytes)))
        .expect("a clean end");
    String::from_utf8_lossy(&answer).into_owned()
}

pub fn status(answer: &str) -> u16 {
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status.and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no status: {answer:?}"))
}

#[tokio::test]
async fn a_message_has_one_length() {
    let shared = shared().await;
    let chunked = "2\r\n{}\r\n0\r\n\r\n";
    for (headers, body) in [
        ("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"),
        ("Content-Length: 3\r\nContent-Length: 2\r\n", "{}"),
        ("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
        ("Content-Length: 2, 2\r\n", "{}"),
        ("Content-Length: +2\r\n", "{}"),
        ("Content-Length: -2\r\n", "{}"),
        ("Content-Length: 0x2\r\n", "{}"),
        ("Content-Length: 99999999999999999999999\r\n", "{}"),
        ("Content-Length:\r\n", "{}"),
        ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", chunked),
        ("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", chunked),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked),
        ("Transfer-Encoding: chunked, identity\r\n", chunked),
        ("Transfer-Encoding: xchunked\r\n", chunked),
        ("Transfer-Encoding: identity\r\n", chunked),
        ("Transfer-Encoding : chunked\r\n", chunked),
        ("Transfer-Encoding: \u{b}chunked\r\n", chunked),
        ("X: y\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n", chunked),
        ("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "-2\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    ] {
        let answer = exchange(&shared.node, format!("{HEAD}{headers}\r\n{body}{SECOND}").as_bytes()).await;
        assert_eq!(status(&answer), 400, "{headers:?} {body:?}");
        // Whatever follows is not taken for a second request.
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{headers:?}: {answer}");
    }
}

#[tokio::test]
async fn chunks_are_counted() {
    let shared = shared().await;
    let mut message = format!("{HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..64 {
        message += &format!("400\r\n{}\r\n", " ".repeat(1024));
    }
    let answer = exchange(&shared.node, format!("{message}1\r\n \r\n0\r\n\r\n").as_bytes()).await;
    assert_eq!(status(&answer), 413, "{answer}");
    assert!(answer.contains("\"payload_too_large\""), "{answer}");
}

#[tokio::test]
async fn malformed_heads_are_refused() {
    let shared = shared().await;
    let long = "a".repeat(200_000);
    let line = format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n");
    let many = format!("GET /health/live HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(500));
    for (head, expected) in [
        ("GET /health/live HTTP/1.1\r\n\r\n", 400),
        ("GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /health/live HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400),
        ("GET /health/live HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n", 400),
        ("GET /health/live HTTP/9.9\r\nHost: a\r\n\r\n", 400),
        ("GET  /health/live HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\x00\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        (many.as_str(), 431),
    ] {
        let answer = exchange(&shared.node, head.as_bytes()).await;
        assert_eq!(status(&answer), expected, "{:?}", &head[..head.len().min(80)]);
    }
    // The server may cut such a line while it is still being sent.
    let address = shared.node.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let _ = stream.write_all(line.as_bytes()).await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "left open");
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{:?}", String::from_utf8_lossy(&answer));
    assert!(!shared.node.logs().contains("panicked"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_requests_are_cut() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_SERVER__REQUEST_TIMEOUT", "300ms")]).await;
    for (what, bytes) in [
        ("a head that stops", "GET /health/live HTTP/1.1\r\nHo".to_owned()),
        ("no head", String::new()),
        ("a body that stops", format!("{HEAD}Content-Length: 20\r\n\r\n{{\"email\"")),
        ("chunks that stop", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{{\"\r\n")),
        (
            "chunks that no one reads",
            "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n".to_owned(),
        ),
    ] {
        // It is answered and closed, though its sender has not finished.
        let answer = exchange(&node, bytes.as_bytes()).await;
        assert!([404, 408].contains(&status(&answer)), "{what}: {answer}");
    }
    assert_eq!(node.client().signed_in_at_last().await.access.split('.').count(), 3);
}
