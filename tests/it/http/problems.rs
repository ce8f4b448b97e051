//! Problem bodies (RFC 9457): one of each code, as clients see them.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::access_token_expired::expired;
use super::common::members;
use super::raw_socket::exchange;
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, Reply, send, served, unique_email};
use crate::support::sql::sql;

const REGISTER: &str = "/api/v1/auth/register";

/// The form that all have, and what a snapshot can hold of it.
fn normal(reply: &Reply) -> Value {
    reply.assert_problem(reply.status, reply.code());
    let mut body = reply.body.clone();
    let known = [
        "code",
        "correlation_id",
        "detail",
        "errors",
        "presented_generation",
        "retry_after",
        "retry_until",
        "status",
        "title",
        "type",
    ];
    assert!(members(&body).iter().all(|member| known.contains(member)), "{body}");
    for member in ["type", "title", "detail", "code"] {
        assert!(!reply.text(&format!("/{member}")).is_empty(), "{body}");
    }
    assert_eq!(reply.header("retry-after").is_some(), !body["retry_after"].is_null(), "{reply:?}");
    assert_eq!(reply.header("www-authenticate").is_some(), reply.status == 401, "{reply:?}");
    assert_eq!(reply.header("allow").is_some(), reply.status == 405, "{reply:?}");
    assert_eq!(!body["errors"].is_null(), reply.status == 422, "{reply:?}");
    assert_eq!(!body["retry_until"].is_null(), reply.code() == "refresh_in_flight", "{reply:?}");
    body["correlation_id"] = json!("[id]");
    body
}

async fn requests(client: &Client) -> Vec<Reply> {
    let email = unique_email();
    let account = json!({"email": email, "password": PASSWORD});
    let text = client.request(Method::POST, REGISTER).header("Content-Type", "text/plain").body("x");
    let large = client.request(Method::POST, REGISTER).header("Content-Type", "application/json");
    assert_eq!(client.post(REGISTER, account.clone()).await.status, 201);
    vec![
        client.post(REGISTER, json!({"email": email})).await,
        client.post(REGISTER, json!({"email": email, "password": "short"})).await,
        client.post(REGISTER, account).await,
        send(client.request(Method::POST, REGISTER).header("Content-Type", "application/json").body("{"))
            .await,
        send(text).await,
        send(large.body("x".repeat(70_000))).await,
        client.login(&email, "wrong horse").await,
        client.get("/api/v1/me").await,
        client.me("nonsense").await,
        client.refresh("nonsense", None).await,
        client.get("/nowhere").await,
        client.get("/api/v1/auth/login").await,
    ]
}

async fn sessions(env: &Env, client: &Client) -> Vec<Reply> {
    let user = client.signed_in().await;
    let first = client.refresh(&user.refresh, None).await;
    let second = client.refresh(&first.refresh_token(), None).await;
    let mut raced = client.refresh(&user.refresh, None).await;
    // Whole seconds until the race window is over.
    raced.body["retry_until"] = json!(10);
    let third = client.refresh(&second.refresh_token(), None).await;
    let reused = client.refresh(&user.refresh, None).await;
    let ended = client.refresh(&third.refresh_token(), None).await;
    sql(env, &format!("UPDATE users SET status = 'disabled' WHERE email = '{}'", user.email));
    vec![raced, reused, ended, client.login(&user.email, PASSWORD).await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_code_has_one_form() {
    let env = Env::new(Backend::Sqlite).await;
    let (mut node, late) = expired(&env).await;
    let client = node.client();
    let mut replies = requests(&client).await;
    replies.extend(sessions(&env, &client).await);
    replies.push(client.me(&late.access).await);

    // What the next node reads is a session whose time is over.
    node.kill_9();
    sql(&env, "UPDATE session_families SET idle_expires_at = 1000000 WHERE revoked_at IS NULL");
    let closed = [("KINDRED_ACCOUNTS__REGISTRATION", "closed"), ("KINDRED_SERVER__REQUEST_TIMEOUT", "300ms")];
    let node = env.node(&closed).await;
    let client = node.client();
    replies.push(served(async || client.refresh(&late.refresh, None).await).await);
    replies.push(served(async || client.register("ada@example.com", PASSWORD).await).await);
    let slow = "POST /api/v1/auth/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                Content-Length: 9\r\n\r\n{";
    let cut = exchange(&node, slow.as_bytes()).await;
    let (_, cut) = cut.split_once("\r\n\r\n").expect("a body");
    let mut cut: Value = serde_json::from_str(cut).expect("JSON");
    cut["correlation_id"] = json!("[id]");

    let mut bodies = BTreeMap::from([("request_timeout".to_owned(), cut)]);
    for reply in &replies {
        let known = bodies.insert(reply.code().to_owned(), normal(reply));
        assert!(known.is_none_or(|known| known == bodies[reply.code()]), "{reply:?}");
    }
    insta::assert_json_snapshot!("problem_bodies", bodies);
}
