//! What the server agrees to in a handshake.

use std::io::{Read, Write};

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::crypto::aws_lc_rs::kx_group::{SECP256R1, X25519, X25519MLKEM768};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, HandshakeKind, NamedGroup, ProtocolVersion};

use super::common::{Files, Stream, ask, client, connect, handshake, modern, pairs};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, unique_email};
use crate::support::process::Node;

async fn node(env: &Env, files: &Files) -> Node {
    env.node(&pairs(&files.settings())).await
}

/// The handshake of a client that offers these protocols.
fn offering(node: &Node, mut config: ClientConfig, protocols: &[&str]) -> std::io::Result<Stream> {
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    handshake(connect(node), config)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_and_groups_are_those_of_today() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let node = node(&env, &files).await;
    tokio::task::block_in_place(|| {
        let with = |groups| CryptoProvider { kx_groups: groups, ..default_provider() };
        for (version, groups, expected) in [
            (&TLS13, vec![X25519MLKEM768, X25519], (ProtocolVersion::TLSv1_3, NamedGroup::X25519MLKEM768)),
            (&TLS13, vec![X25519], (ProtocolVersion::TLSv1_3, NamedGroup::X25519)),
            (&TLS12, vec![SECP256R1], (ProtocolVersion::TLSv1_2, NamedGroup::secp256r1)),
        ] {
            let mut stream = handshake(connect(&node), client(&[version], with(groups))).expect("agreement");
            let group = stream.conn.negotiated_key_exchange_group().expect("one").name();
            assert_eq!((stream.conn.protocol_version().expect("one"), group), expected);
            assert!(ask(&mut stream).starts_with("HTTP/1.1 200"), "{expected:?}");
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_1_1_is_the_only_protocol() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let node = node(&env, &files).await;
    tokio::task::block_in_place(|| {
        let agreed = |protocols: &[&str]| {
            offering(&node, modern(), protocols).map(|stream| stream.conn.alpn_protocol().map(<[u8]>::to_vec))
        };
        assert_eq!(agreed(&["h2", "http/1.1"]).expect("agreement"), Some(b"http/1.1".to_vec()));
        assert_eq!(agreed(&[]).expect("agreement"), None);
        for refused in [&["h2"][..], &["acme-tls/1"], &["h3", "spdy/3"]] {
            assert!(agreed(refused).is_err(), "{refused:?}");
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_gets_no_answer() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let node = node(&env, &files).await;
    tokio::task::block_in_place(|| {
        let mut stream = connect(&node);
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n").expect("it is open");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_resumed_by_tickets() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let node = node(&env, &files).await;
    tokio::task::block_in_place(|| {
        let config = modern();
        let kind = |config: ClientConfig| {
            let mut stream = handshake(connect(&node), config).expect("agreement");
            // The tickets come with the first answer.
            assert!(ask(&mut stream).starts_with("HTTP/1.1 200"));
            stream.conn.handshake_kind()
        };
        // Both share what the client remembers.
        assert_eq!(kind(config.clone()), Some(HandshakeKind::Full));
        assert_eq!(kind(config), Some(HandshakeKind::Resumed));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_log_in_over_it_and_cookies_are_secure() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let node = node(&env, &files).await;
    let client = Client::over_tls(node.base_url(), &files.certificate);
    client.signed_in().await;
    let email = unique_email();
    client.register(&email, PASSWORD).await.assert_status(201);
    let csrf = client.get("/api/v1/auth/csrf").await;
    let cookie = csrf.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-kindred_csrf_v1=") && cookie.contains("Secure"), "{cookie}");
    let report = Client::new(node.ops_url()).get("/health").await;
    let components = report.body["components"].as_array().expect("components");
    let certificate = components.iter().find(|component| component["name"] == "certificate").expect("one");
    assert_eq!(certificate["status"], "ok", "{certificate}");
}
