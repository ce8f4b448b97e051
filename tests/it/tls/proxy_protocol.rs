//! The PROXY protocol: from trusted proxies only, before TLS, with the client's address.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use serde_json::json;
use tokio::net::TcpSocket;

use super::common::{Files, address, handshake, modern, pairs};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, unique_email};
use crate::support::eventually::DEADLINE;
use crate::support::process::Node;

const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const SETTINGS: [(&str, &str); 2] =
    [("KINDRED_SERVER__PROXY_PROTOCOL", "true"), ("KINDRED_SERVER__TRUSTED_PROXIES", "127.0.0.2/32")];

const HEADER: &str = "PROXY TCP4 203.0.113.9 127.0.0.1 51008 443\r\n";

/// A connection from the address of the proxy.
async fn from_proxy(node: &Node) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from((PROXY, 0))).expect("a loopback address");
    let target = address(node).parse().expect("an address");
    let stream = socket.connect(target).await.expect("a connection").into_std().expect("a stream");
    stream.set_nonblocking(false).expect("a stream");
    stream.set_read_timeout(Some(DEADLINE)).expect("a time-out");
    stream
}

/// A login on this stream, behind these bytes.
fn log_in(stream: &mut (impl Read + Write), before: &str, email: &str) -> String {
    let body = json!({"email": email, "password": PASSWORD}).to_string();
    let head =
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close";
    let request = format!("{before}{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).expect("it is open");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The network of each session of the account, as the owner sees it.
async fn networks(client: &Client, email: &str) -> Vec<String> {
    let access = client.login(email, PASSWORD).await.access();
    let sessions = client.sessions(&access).await;
    let items = sessions.body["items"].as_array().expect("items");
    items.iter().map(|item| item["ip"].as_str().expect("a network").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_tells_the_client_before_tls() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let settings = files.settings();
    let node = env.node(&[&pairs(&settings)[..], &SETTINGS].concat()).await;
    let client = Client::over_tls(node.base_url(), &files.certificate);
    let email = unique_email();
    client.register(&email, PASSWORD).await.assert_status(201);
    let mut stream = from_proxy(&node).await;
    let answer = tokio::task::block_in_place(|| {
        stream.write_all(b"PROXY TCP6 2001:db8:7::1 ::1 51008 443\r\n").expect("it is open");
        let mut stream = handshake(stream, modern()).expect("a handshake");
        log_in(&mut stream, "", &email)
    });
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let networks = networks(&client, &email).await;
    assert!(networks.contains(&"2001:db8:7::/48".to_owned()), "{networks:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_proxy_is_believed_and_it_must_speak() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&SETTINGS).await;
    let client = node.client();
    let email = unique_email();
    client.register(&email, PASSWORD).await.assert_status(201);
    // A proxy that sends no header is not answered; its own address would be taken for the client's.
    let mut stream = from_proxy(&node).await;
    assert_eq!(tokio::task::block_in_place(|| log_in(&mut stream, "", &email)), "");
    // Anyone else who sends a header is not understood.
    let mut stream = TcpStream::connect(address(&node)).expect("a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a time-out");
    let answer = tokio::task::block_in_place(|| log_in(&mut stream, HEADER, &email));
    assert!(!answer.contains("HTTP/1.1 200"), "{answer}");
    // Without one, the address of the peer counts. A header of HTTP counts for a proxy only.
    let mut stream = from_proxy(&node).await;
    let answer = tokio::task::block_in_place(|| log_in(&mut stream, HEADER, &email));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut networks = networks(&client, &email).await;
    networks.sort();
    assert_eq!(networks, ["127.0.0.0/24", "203.0.113.0/24"]);
}
