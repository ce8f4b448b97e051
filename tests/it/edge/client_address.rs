//! The client's address, as real proxies pass it on.

use std::net::{IpAddr, Ipv4Addr};

use reqwest::Method;
use serde_json::json;

use super::program::Program;
use super::proxies::{TRUSTED, address, haproxy, nginx};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, unique_email};
use crate::support::eventually::eventually;
use crate::support::reply::try_send;

/// The address of the client, and its network as the list of sessions shows it.
const CLIENT: (Ipv4Addr, &str) = (Ipv4Addr::new(127, 1, 2, 3), "127.1.2.0/24");

/// The network of a login through the proxy by a client that claims another address in this header.
async fn seen_through(proxy: &Program, header: &str, claim: &str) -> String {
    let client = Client::new(&proxy.url());
    let email = unique_email();
    client.register(&email, PASSWORD).await.assert_status(201);
    #[expect(clippy::disallowed_methods, reason = "a client of the server, not a call of the server")]
    let from_elsewhere = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .local_address(IpAddr::from(CLIENT.0))
        .build()
        .expect("a client");
    let request = from_elsewhere
        .request(Method::POST, format!("{}/api/v1/auth/login", proxy.url()))
        .header(header, claim)
        .json(&json!({"email": email, "password": PASSWORD}));
    let reply = try_send(request).await.expect("an answer");
    reply.assert_status(200);
    client.sessions(&reply.access()).await.text("/items/0/ip")
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_appends_it_to_x_forwarded_for() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[TRUSTED]).await;
    let proxy = haproxy(&format!("option forwardfor\nserver one {}", address(&node)));
    assert_eq!(seen_through(&proxy, "X-Forwarded-For", "198.51.100.7").await, CLIENT.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_appends_it_to_x_forwarded_for() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[TRUSTED]).await;
    let location = format!(
        "location / {{ proxy_pass http://{};\n\
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }}",
        address(&node)
    );
    let proxy = nginx("", |_| location.clone());
    assert_eq!(seen_through(&proxy, "X-Forwarded-For", "198.51.100.7").await, CLIENT.1);
}

const STANDARD: (&str, &str) = ("KINDRED_SERVER__FORWARDED_HEADER", "forwarded");

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_appends_it_to_forwarded() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[TRUSTED, STANDARD]).await;
    let line = "http-request add-header Forwarded for=%[src];proto=http";
    let proxy = haproxy(&format!("{line}\nserver one {}", address(&node)));
    for claim in ["for=198.51.100.7", "for=\""] {
        assert_eq!(seen_through(&proxy, "Forwarded", claim).await, CLIENT.1, "{claim}");
    }
    assert_eq!(seen_through(&proxy, "X-Forwarded-For", "198.51.100.7").await, CLIENT.1, "never both");
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_writes_it_with_a_port() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[TRUSTED]).await;
    let location = format!(
        "location / {{ proxy_pass http://{};\n\
         proxy_set_header X-Forwarded-For \"$http_x_forwarded_for, $remote_addr:$remote_port\"; }}",
        address(&node)
    );
    let proxy = nginx("", |_| location.clone());
    assert_eq!(seen_through(&proxy, "X-Forwarded-For", "198.51.100.7:1").await, CLIENT.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_understood_is_told() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[TRUSTED]).await;
    let location = format!(
        "location / {{ proxy_pass http://{}; proxy_set_header X-Forwarded-For unknown; }}",
        address(&node)
    );
    let proxy = nginx("", |_| location.clone());
    for _ in 0..3 {
        assert_eq!(seen_through(&proxy, "X-Forwarded-For", "198.51.100.7").await, "127.0.0.0/24");
    }
    let warnings = || node.logs().matches("cannot read the client's address").count();
    eventually("a warning", async || (warnings() > 0).then_some(())).await;
    assert_eq!(warnings(), 1, "once in a while");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_was_not_configured_is_told() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let proxy = haproxy(&format!("option forwardfor\nserver one {}", address(&node)));
    for _ in 0..3 {
        assert_eq!(seen_through(&proxy, "X-Forwarded-For", "198.51.100.7").await, "127.0.0.0/24");
    }
    let warnings = || node.logs().matches("not in server.trusted_proxies").count();
    eventually("a warning", async || (warnings() > 0).then_some(())).await;
    assert_eq!(warnings(), 1, "once for a network");
}

const PROXY_PROTOCOL: (&str, &str) = ("KINDRED_SERVER__PROXY_PROTOCOL", "true");

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_sends_it_by_the_proxy_protocol() {
    for version in ["send-proxy", "send-proxy-v2"] {
        let env = Env::new(Backend::Sqlite).await;
        let node = env.node(&[TRUSTED, PROXY_PROTOCOL]).await;
        // The checks are connections of HAProxy's own (LOCAL in version 2).
        let check =
            "option httpchk GET /health/ready\ndefault-server check check-send-proxy inter 50ms rise 1";
        let proxy = haproxy(&format!("{check}\nserver one {} {version}", address(&node)));
        let client = Client::new(&proxy.url());
        eventually("it is up", async || (client.get("/health/ready").await.status == 200).then_some(()))
            .await;
        assert_eq!(seen_through(&proxy, "X-Forwarded-For", "198.51.100.7").await, CLIENT.1, "{version}");
    }
}
