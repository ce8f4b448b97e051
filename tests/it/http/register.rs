//! `POST /api/v1/auth/register`: accounts and their addresses.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::common::{members, shared};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send, unique_email};
use crate::support::sql::sql;

const PATH: &str = "/api/v1/auth/register";

#[apply(on_both_databases)]
async fn an_account_is_created(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let body = json!({"email": " Ada@Example.COM ", "password": PASSWORD, "display_name": "Ada"});
    let reply = client.post(PATH, body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(members(&reply.body), ["user"]);
    let user = &reply.body["user"];
    assert_eq!(members(user), ["created_at", "display_name", "email", "id", "roles"]);
    assert_eq!(user["email"], "ada@example.com");
    assert_eq!(user["display_name"], "Ada");
    assert_eq!(user["roles"], json!(["user"]));
    let id: uuid::Uuid = reply.text("/user/id").parse().expect("a UUID");
    assert_eq!(id.get_version_num(), 7);
    assert!(reply.text("/user/created_at").ends_with('Z'), "{reply:?}");
    assert_eq!(sql(&env, "SELECT email, status, roles FROM users"), "ada@example.com|active|user");
}

#[apply(on_both_databases)]
async fn one_address_is_one_account(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for (first, spellings) in [
        (
            "john@example.com",
            &[
                "JOHN@EXAMPLE.COM",
                "  john@example.com\t",
                "ｊｏｈｎ@example.com",
                "john@ｅxample.com",
                "john@example.com",
            ][..],
        ),
        (
            "eva@bücher.example",
            &["eva@xn--bcher-kva.example", "EVA@BÜCHER.example", "eva@bu\u{308}cher.example"],
        ),
    ] {
        assert_eq!(client.register(first, PASSWORD).await.status, 201, "{first}");
        for spelling in spellings {
            client.register(spelling, PASSWORD).await.assert_problem(409, "email_taken");
            assert_eq!(client.login(spelling, PASSWORD).await.status, 200, "{spelling}");
        }
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "2");
}

#[apply(on_both_databases)]
async fn no_one_writes_what_is_not_theirs(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for member in [
        "role",
        "roles",
        "is_admin",
        "admin",
        "id",
        "user_id",
        "email_verified",
        "aal",
        "status",
        "credential_epoch",
        "password_hash",
        "password_must_change",
        "created_at",
        "__proto__",
        "hint",
    ] {
        let mut body = json!({"email": unique_email(), "password": PASSWORD});
        body[member] = json!("admin");
        let reply = client.post(PATH, body).await;
        reply.assert_problem(422, "validation_failed");
        assert_eq!(reply.text("/errors/0/field"), member);
        assert_eq!(reply.text("/errors/0/code"), "unknown");
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "0");
    assert_eq!(sql(&env, "SELECT count(*) FROM security_events"), "0");
}

#[apply(on_both_databases)]
async fn twenty_at_once_make_one_account(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let attempts = (0..20).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.register("race@example.com", PASSWORD).await.status })
    });
    let mut statuses = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        statuses.push(attempt.await.expect("an answer"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!(statuses[1..].iter().all(|status| *status == 409), "{statuses:?}");
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
}

#[apply(on_both_databases)]
async fn closed_is_closed(env: Env) {
    let node = env.node(&[("KINDRED_ACCOUNTS__REGISTRATION", "closed")]).await;
    let client = node.client();
    for (email, password) in [("ada@example.com", PASSWORD), ("no address", "weak")] {
        client.register(email, password).await.assert_problem(403, "forbidden");
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "0");
}

#[tokio::test]
async fn what_is_no_address_is_named() {
    let shared = shared().await;
    for wrong in [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "a da@example.com",
        "\"ada\"@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "аda@example.com", // a Cyrillic а
        "a\u{200b}da@example.com",
        "\u{202e}ada@example.com",
        "ada@[127.0.0.1]",
    ] {
        let reply = shared.client().register(wrong, PASSWORD).await;
        reply.assert_problem(422, "validation_failed");
        assert_eq!(reply.text("/errors/0/field"), "email", "{wrong:?}");
        assert_eq!(reply.text("/errors/0/code"), "invalid_email", "{wrong:?}");
    }
}

#[tokio::test]
async fn a_method_override_is_ignored() {
    let shared = shared().await;
    let request = shared.client().request(Method::GET, PATH);
    let reply = send(request.header("X-HTTP-Method-Override", "POST").json(&json!({}))).await;
    reply.assert_problem(405, "method_not_allowed");
}
