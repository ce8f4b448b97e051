//! Idle connections keep no one out, however few files the process may open.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::DEADLINE;
use crate::support::process::Node;

const REQUEST: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
/// For all that the server opens. 49 connections for each of two workers.
const FILES: u32 = 400;
const CONNECTIONS: usize = 500;

/// Sends a request on a new connection, or on one that is open, and reads the answer.
fn ask(stream: &mut TcpStream) -> std::io::Result<String> {
    stream.write_all(REQUEST)?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4_096];
    // The body is short, and comes along with the head.
    while !answer.windows(4).any(|part| part == b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => break,
            read => answer.extend_from_slice(&buffer[..read]),
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn open(node: &Node) -> TcpStream {
    let stream = TcpStream::connect(node.base_url().trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a time-out");
    stream
}

#[apply(on_both_databases)]
async fn the_longest_idle_connection_gives_way(env: Env) {
    let setup = env.setup(&[("KINDRED_SERVER__WORKERS", "2"), ("KINDRED_SERVER__KEEP_ALIVE", "1h")]);
    let node = tokio::task::block_in_place(|| Node::start_with_open_files(setup, FILES));
    let client = node.client();
    let mut user = client.signed_in().await;
    let mut held: Vec<TcpStream> = Vec::new();
    for number in 0..CONNECTIONS {
        let mut stream = open(&node);
        let answer = tokio::task::block_in_place(|| ask(&mut stream));
        let answer = answer.unwrap_or_else(|error| panic!("connection {number}: {error}"));
        assert!(answer.starts_with("HTTP/1.1 200"), "connection {number}: {answer:?}");
        held.push(stream);
    }
    // Who comes now is served, and so is who was active last; who was idle longest was closed.
    let reply = node.client().refresh(&user.refresh, None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    user.access = reply.access();
    assert_eq!(client.verify(&user.access).await.status, 204);
    let last = held.last_mut().expect("there are some");
    assert!(tokio::task::block_in_place(|| ask(last)).expect("it is open").starts_with("HTTP/1.1 200"));
    held[0].set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    assert_eq!(held[0].read(&mut [0; 16]).expect("an end, and no time-out"), 0);
    let files = std::fs::read_dir(format!("/proc/{}/fd", node.pid())).expect("it runs").count();
    assert!(files < FILES as usize, "{files} files are open");
    drop(held);
    assert_eq!(node.client().verify(&user.access).await.status, 204);
}
