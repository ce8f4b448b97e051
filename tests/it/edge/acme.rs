//! Certificates from an authority: Debian's pebble, which is the test server of Let's Encrypt.

use std::fs;
use std::net::SocketAddr;

use rcgen::{CertificateParams, KeyPair};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::program::{Program, free_port};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::Client;
use crate::support::eventually::eventually;
use crate::support::process::Node;
use crate::support::sql::sql;
use crate::tls::common::{connect, handshake, modern, pairs};
use macro_rules_attribute::apply;

/// An authority that checks names at this port and issues certificates for these seconds.
struct Authority {
    program: Program,
    ca_file: tempfile::NamedTempFile,
}

impl Authority {
    fn start(check_port: u16, validity: u32) -> Authority {
        let key = KeyPair::generate().expect("a key");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate =
            CertificateParams::new(names).expect("names").self_signed(&key).expect("a certificate");
        let ca_file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(ca_file.path(), certificate.pem()).expect("a file");
        let words = ["env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0", "pebble", "-config"];
        let program = Program::start(&words, |folder, port| {
            let (cert, private) = (folder.join("ca.pem"), folder.join("ca.key"));
            fs::write(&cert, certificate.pem()).expect("a file");
            fs::write(&private, key.serialize_pem()).expect("a file");
            serde_json::json!({"pebble": {
                "listenAddress": format!("127.0.0.1:{port}"),
                "managementListenAddress": format!("127.0.0.1:{}", free_port()),
                "certificate": cert,
                "privateKey": private,
                "httpPort": 1,
                "tlsPort": check_port,
                "ocspResponderURL": "",
                "externalAccountBindingRequired": false,
                "certificateValidityPeriod": validity,
            }})
            .to_string()
        });
        Authority { program, ca_file }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("KINDRED_TLS__ACME_DIRECTORY", format!("https://127.0.0.1:{}/dir", self.program.port())),
            ("KINDRED_TLS__ACME_CA_FILE", self.ca_file.path().display().to_string()),
            ("KINDRED_TLS__ACME_ALLOW_PRIVATE", "true".to_owned()),
            ("KINDRED_TLS__ACME_TERMS_AGREED", "true".to_owned()),
            ("KINDRED_TLS__ACME_CONTACT", "ops@example.com".to_owned()),
            ("KINDRED_TLS__ACME_NAMES", "localhost".to_owned()),
            ("KINDRED_TLS__CHECK_INTERVAL", "100ms".to_owned()),
        ]
    }
}

/// The certificate that the node shows, if it has one.
async fn certificate(node: &Node) -> Option<Vec<u8>> {
    tokio::task::block_in_place(|| {
        let stream = handshake(connect(node), modern()).ok()?;
        Some(stream.conn.peer_certificates().expect("a chain")[0].to_vec())
    })
}

async fn component(node: &Node) -> String {
    let report = Client::new(node.ops_url()).get("/health").await.body;
    let components = report["components"].as_array().expect("components");
    let found = components.iter().find(|component| component["name"] == "certificate");
    found.expect("a certificate")["status"].as_str().expect("a status").to_owned()
}

/// A listener and its port. Who connects waits until it leads somewhere.
async fn balancer() -> (TcpListener, u16) {
    let balancer = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = balancer.local_addr().expect("bound").port();
    (balancer, port)
}

/// Leads all connections to this node.
fn lead(balancer: TcpListener, node: &Node) -> JoinHandle<()> {
    let target: SocketAddr = node.base_url().trim_start_matches("https://").parse().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut from, _)) = balancer.accept().await {
            tokio::spawn(async move {
                let mut to = TcpStream::connect(target).await?;
                copy_bidirectional(&mut from, &mut to).await
            });
        }
    })
}

#[apply(on_both_databases)]
async fn a_certificate_is_got_and_renewed(env: Env) {
    // The authority checks at a port that is held until the node has one of its own.
    let (balancer, port) = balancer().await;
    let authority = tokio::task::block_in_place(|| Authority::start(port, 15));
    let mut node = env.node(&pairs(&authority.settings())).await;
    let relay = lead(balancer, &node);
    let first = eventually("the first certificate", async || certificate(&node).await).await;
    eventually("the report tells of the certificate", async || {
        (component(&node).await == "ok").then_some(())
    })
    .await;
    // The key and the account are sealed: what a PEM file begins with is nowhere.
    let sealed = sql(&env, "SELECT name FROM acme_records ORDER BY name");
    assert_eq!(sealed.split_whitespace().collect::<Vec<_>>(), ["account", "certificate"]);
    let second =
        eventually("its renewal", async || certificate(&node).await.filter(|now| *now != first)).await;
    let orders = || node.logs().matches("ordering a TLS certificate").count();
    eventually("both orders are in the log", async || (orders() >= 2).then_some(())).await;
    relay.abort();
    tokio::task::block_in_place(|| node.restart());
    let kept = eventually("it is kept", async || certificate(&node).await).await;
    assert_ne!(kept, first);
    assert!(!second.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_node_answers_the_challenge_and_all_get_the_certificate() {
    let env = Env::new(Backend::Postgres).await;
    // The authority reaches a balancer, which leads to the node that does not order.
    let (balancer, port) = balancer().await;
    let authority = tokio::task::block_in_place(|| Authority::start(port, 3_600));
    let settings = authority.settings();
    let leader = env.node(&pairs(&settings)).await;
    eventually("an order", async || leader.logs().contains("ordering a TLS certificate").then_some(())).await;
    let other = env.node(&pairs(&settings)).await;
    let relay = lead(balancer, &other);
    let first = eventually("the leader's certificate", async || certificate(&leader).await).await;
    let second = eventually("the other's certificate", async || certificate(&other).await).await;
    assert_eq!(first, second);
    assert!(!other.logs().contains("ordering a TLS certificate"), "one node orders");
    relay.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_told_and_not_repeated_at_once() {
    let env = Env::new(Backend::Postgres).await;
    // Nothing answers at this port.
    let authority = tokio::task::block_in_place(|| Authority::start(free_port(), 3_600));
    let settings = authority.settings();
    let node = env.node(&pairs(&settings)).await;
    let refused = "cannot get a TLS certificate";
    eventually("a refusal", async || node.logs().contains(refused).then_some(())).await;
    assert_eq!(certificate(&node).await, None, "there is nothing to show");
    let other = env.node(&pairs(&settings)).await;
    let looks = || sql(&env, "SELECT holder FROM leases WHERE name = 'acme'");
    let holder = looks();
    eventually("the other node looks", async || other.logs().contains("listening on").then_some(())).await;
    assert_eq!(looks(), holder, "the lease keeps the other node from trying");
    assert_eq!(node.logs().matches(refused).count(), 1);
    node.logged("tls-alpn-01 challenge").await;
}
