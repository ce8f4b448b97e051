//! Applications: servers that act for the browsers of their users.

use std::net::{Ipv4Addr, SocketAddr};

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::common::person;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, send, unique_email};
use crate::support::eventually::eventually;
use crate::support::reply::Reply;

const PATH: &str = "/api/v1/admin/applications";

/// A login in cookie transport, as an application makes it for a browser: without a CSRF token.
async fn log_in(client: &Client, email: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = client.request(Method::POST, "/api/v1/auth/login");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = json!({"email": email, "password": PASSWORD, "transport": "cookie"});
    send(request.header("Origin", "https://other.example").json(&body)).await
}

#[apply(on_both_databases)]
async fn one_acts_for_browsers(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let created = client.post_as(&admin.access, PATH, json!({"name": " shop "})).await;
    created.assert_status(201);
    assert_eq!(created.text("/name"), "shop");
    let (id, secret) = (created.text("/id"), created.text("/secret"));
    let listed = client.call(Method::GET, PATH, &admin.access, json!(null)).await;
    assert_eq!(listed.text("/items/0/id"), id);
    assert!(!listed.body.to_string().contains(&secret), "it is shown once");

    let email = unique_email();
    client.register(&email, PASSWORD).await.assert_status(201);
    let credentials = format!("{id}:{secret}");
    let told = [
        ("Kindred-Application", credentials.as_str()),
        ("Kindred-Client-Address", "203.0.113.7"),
        (
            "Kindred-Client-User-Agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        ),
    ];
    log_in(&client, &email, &told[1..]).await.assert_problem(403, "origin_not_allowed");
    let reply = log_in(&client, &email, &told).await;
    reply.assert_status(200);
    let cookies: Vec<&str> = reply
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .collect();
    // A refresh, for which the browser's cookies are passed on.
    let refresh = client.request(Method::POST, "/api/v1/auth/refresh").header("Cookie", cookies.join("; "));
    let refresh = told.iter().fold(refresh, |refresh, (name, value)| refresh.header(*name, *value));
    send(refresh).await.assert_status(200);
    let access = client.login(&email, PASSWORD).await.access();
    let sessions = client.sessions(&access).await;
    let items = sessions.body["items"].as_array().expect("items");
    let browser = items.iter().find(|item| item["ip"] == "203.0.113.0/24").expect("the browser's address");
    assert_eq!(browser["browser"], "Firefox", "{browser}");

    client.call(Method::DELETE, &format!("{PATH}/{id}"), &admin.access, json!(null)).await.assert_status(204);
    client
        .call(Method::DELETE, &format!("{PATH}/{id}"), &admin.access, json!(null))
        .await
        .assert_problem(404, "not_found");
    eventually("it is refused", async || (log_in(&client, &email, &told).await.status == 401).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_application_is_refused() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let (client, email) = (node.client(), unique_email());
    let line = tokio::task::block_in_place(|| node.run(&["application", "create", "shop"]));
    let credentials = line.trim();
    let (id, secret) = credentials.split_once(':').expect("an id and a secret");
    let listed = tokio::task::block_in_place(|| node.run(&["application", "list", "--json"]));
    assert!(listed.contains(id) && !listed.contains(secret), "{listed}");
    client.register(&email, PASSWORD).await.assert_status(201);
    log_in(&client, &email, &[("Kindred-Application", credentials)]).await.assert_status(200);
    for wrong in [
        "",
        "shop",
        id,
        &format!("{id}:"),
        &format!("{id}:{}x", secret),
        &format!("{}:{secret}", uuid_of(1)),
        &format!("{id}:{}", secret.to_uppercase()),
    ] {
        let reply = log_in(&client, &email, &[("Kindred-Application", wrong)]).await;
        reply.assert_problem(401, "invalid_credentials");
    }
    for wrong in ["", "203.0.113.7:80", "localhost"] {
        let told = [("Kindred-Application", credentials), ("Kindred-Client-Address", wrong)];
        log_in(&client, &email, &told).await.assert_problem(400, "invalid_request");
    }
    let admin = person(&env, &client, "user admin").await;
    for name in [json!(""), json!("a\nb"), json!("a".repeat(65))] {
        client
            .post_as(&admin.access, PATH, json!({"name": name}))
            .await
            .assert_problem(422, "validation_failed");
    }
    let user = client.signed_in().await;
    client.post_as(&user.access, PATH, json!({"name": "x"})).await.assert_problem(403, "forbidden");
}

fn uuid_of(number: u128) -> String {
    format!("{:08x}-0000-7000-8000-{number:012x}", 1)
}

/// An address of this machine that is no loopback address.
fn outer_address() -> Option<Ipv4Addr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent; the kernel chooses the address by which it would be.
    socket.connect("192.0.2.1:9").ok()?;
    match socket.local_addr().ok()? {
        SocketAddr::V4(address) if !address.ip().is_loopback() => Some(*address.ip()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_secret_does_not_travel_in_plain_text() {
    let Some(address) = outer_address() else { return };
    let env = Env::new(Backend::Sqlite).await;
    let listen = format!("{address}:0");
    let node = env.node(&[("KINDRED_SERVER__LISTEN", &listen)]).await;
    let line = tokio::task::block_in_place(|| node.run(&["application", "create", "shop"]));
    let reply = log_in(&node.client(), "ada@example.com", &[("Kindred-Application", line.trim())]).await;
    reply.assert_problem(403, "forbidden");
}
