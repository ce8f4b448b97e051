//! Which passwords may be chosen: length, blocklist, own data and guessability, and nothing else.

use serde_json::json;

use super::common::shared;
use crate::support::client::{Client, unique_email};

async fn refused_with(client: &Client, email: &str, password: &str) -> String {
    let reply = client.register(email, password).await;
    reply.assert_problem(422, "weak_password");
    assert_eq!(reply.text("/errors/0/field"), "password");
    assert_eq!(reply.body["errors"].as_array().map(Vec::len), Some(1));
    let told = reply.body.to_string().replace("password", "");
    assert!(password.is_empty() || !told.contains(password), "{reply:?}");
    reply.text("/errors/0/code")
}

/// A password of this length that is hard to guess at any.
fn long(length: usize) -> String {
    let words = "velvet heron 42 counts amber moons; ";
    words.chars().cycle().take(length).collect()
}

#[tokio::test]
async fn weak_passwords_are_refused_with_the_reason() {
    let shared = shared().await;
    let client = shared.client();
    let email = "marigold.finch@harbour.example";
    for (password, code) in [
        ("w7$Kq2!", "too_short"),
        ("🦊🐻🐼🐨🐯🦁🐮", "too_short"), // 7 code points, 28 bytes
        (&long(257), "too_long"),
        ("password", "common_password"),
        ("PassWord1", "common_password"),
        ("1234567890", "common_password"),
        (email, "own_data"),
        ("MarigoldFinch1", "own_data"),
        ("kindred2026!!", "own_data"),
        ("abcdefghijklmn", "too_guessable"),
        ("zxcvbnm,./zx", "too_guessable"),
        ("", "forbidden_characters"),
        ("lantern\0orbit velvet", "forbidden_characters"),
        ("lantern\norbit velvet", "forbidden_characters"),
    ] {
        assert_eq!(refused_with(&client, email, password).await, code, "{password:?}");
    }
}

#[tokio::test]
async fn the_display_name_is_own_data() {
    let shared = shared().await;
    let body = json!({"email": unique_email(), "password": "Bartholomew-77", "display_name": "Bartholomew"});
    let reply = shared.client().post("/api/v1/auth/register", body).await;
    reply.assert_problem(422, "weak_password");
    assert_eq!(reply.text("/errors/0/code"), "own_data");
}

#[tokio::test]
async fn there_are_no_composition_rules() {
    let shared = shared().await;
    let client = shared.client();
    for password in [
        "lantern orbit velvet drizzle",
        "83019274650918273",
        "тихая река у старого моста",
        "🦊 über 橋 🐻 ñandú 🐼",
        "my password is a velvet heron",
        " spaces around stay spaces ",
        &long(64),
        &long(128),
        &long(256),
    ] {
        let email = unique_email();
        let reply = client.register(&email, password).await;
        assert_eq!(reply.status, 201, "{password:?}: {reply:?}");
        assert_eq!(client.login(&email, password).await.status, 200, "{password:?}");
    }
}

#[tokio::test]
async fn the_operator_may_ask_for_more() {
    use crate::support::backend::{Backend, Env};
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_PASSWORD__MIN_LENGTH", "15")]).await;
    let client = node.client();
    let fourteen = "w7$Kq2!xPz9&Lm";
    assert_eq!(refused_with(&client, &unique_email(), fourteen).await, "too_short");
    let fifteen = format!("{fourteen}#");
    assert_eq!(client.register(&unique_email(), &fifteen).await.status, 201);
}
