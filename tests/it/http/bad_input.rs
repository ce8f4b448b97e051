//! What is wrong with a body is told, by the member's name, and never by its value.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::common::{Document, shared};
use crate::support::client::{Client, Reply, send};

const SECRET: &str = "hunter2-Canary";

/// Path, a complete body, its required members.
pub fn endpoints() -> Vec<(&'static str, Value, &'static [&'static str])> {
    let account = json!({"email": "no address", "password": SECRET, "display_name": "Ada", "locale": "de",
        "invitation_token": SECRET, "captcha_token": SECRET, "accepted_terms": "1"});
    let (link, address) = (json!({"token": SECRET}), json!({"email": "no address"}));
    let reset = json!({"token": SECRET, "new_password": SECRET});
    let login = json!({"email": "no address", "password": SECRET, "transport": "bearer", "device_name": "x"});
    let token = json!({"refresh_token": SECRET});
    vec![
        ("/api/v1/auth/register", account, &["email", "password"]),
        ("/api/v1/auth/login", login, &["email", "password"]),
        ("/api/v1/auth/refresh", token.clone(), &["refresh_token"]),
        ("/api/v1/auth/logout", token, &[]),
        ("/api/v1/auth/email/verify", link.clone(), &["token"]),
        ("/api/v1/auth/email/verify/decline", link.clone(), &["token"]),
        ("/api/v1/auth/email/verify/new-password", reset.clone(), &["token", "new_password"]),
        ("/api/v1/auth/email/verify/resend", address.clone(), &["email"]),
        ("/api/v1/auth/email/change/confirm", link, &["token"]),
        ("/api/v1/auth/password/forgot", address, &["email"]),
        ("/api/v1/auth/password/reset", reset, &["token", "new_password"]),
    ]
}

pub struct Tester {
    pub client: Client,
    document: Document,
}

impl Tester {
    pub async fn send(&self, path: &str, media_type: Option<&str>, body: impl Into<Vec<u8>>) -> Reply {
        let mut request = self.client.request(Method::POST, path).body(body.into());
        if let Some(media_type) = media_type {
            request = request.header("Content-Type", media_type);
        }
        let reply = tokio::time::timeout(Duration::from_secs(10), send(request)).await.expect("no hang");
        self.document.assert_has("post", path, reply.status);
        assert!(!reply.body.to_string().contains(SECRET), "{path} repeats a secret: {reply:?}");
        assert!(!reply.body.to_string().contains("struct "), "{path} tells of its inside: {reply:?}");
        reply
    }

    pub async fn refused(&self, path: &str, body: impl Into<Vec<u8>>, status: u16, code: &str) -> Reply {
        let body = body.into();
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let reply = self.send(path, Some("application/json"), body).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{path} {shown}: {reply:?}");
        reply.assert_problem(status, code);
        reply
    }

    async fn names(&self, path: &str, body: impl Into<Vec<u8>>, field: &str, code: &str) {
        let reply = self.refused(path, body, 422, "validation_failed").await;
        assert_eq!(
            (reply.text("/errors/0/field").as_str(), reply.text("/errors/0/code").as_str()),
            (field, code),
            "{path}"
        );
    }
}

pub async fn tester(client: Client) -> Tester {
    let document = Document::of(&client).await;
    Tester { client, document }
}

#[tokio::test]
async fn the_wrong_member_is_named() {
    let shared = shared().await;
    let tester = tester(shared.client()).await;
    for (path, body, required) in endpoints() {
        let object = body.as_object().expect("an object");
        let mut unknown = body.clone();
        unknown["surprise"] = json!({"deep": [SECRET]});
        tester.names(path, unknown.to_string(), "surprise", "unknown").await;
        for member in required {
            let mut missing = object.clone();
            missing.remove(*member);
            tester.names(path, Value::Object(missing).to_string(), member, "missing").await;
        }
        for (member, value) in object {
            let twice = body.to_string().replacen('{', &format!("{{\"{member}\":{value},"), 1);
            tester.names(path, twice, member, "duplicate").await;
            let mut wrong_types =
                vec![json!(1), json!(-1), json!(1.5), json!(true), json!([SECRET]), json!({"$ne": SECRET})];
            if required.contains(&member.as_str()) {
                wrong_types.push(Value::Null);
            }
            for wrong in wrong_types {
                let mut changed = body.clone();
                changed[member] = wrong;
                tester.names(path, changed.to_string(), member, "invalid").await;
            }
            for number in ["1e999", "-1e999", "123456789012345678901234567890", "0.1e-999999"] {
                let huge = body
                    .to_string()
                    .replace(&format!("\"{member}\":{value}"), &format!("\"{member}\":{number}"));
                let reply = tester.send(path, Some("application/json"), huge).await;
                assert!([400, 422].contains(&reply.status), "{path} {member} {number}: {reply:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_body_is_one_json_object() {
    let shared = shared().await;
    let tester = tester(shared.client()).await;
    for (path, body, _) in endpoints() {
        let whole = body.to_string();
        let values: Vec<&Value> = body.as_object().expect("an object").values().collect();
        let positional = serde_json::to_string(&values).expect("JSON");
        for no_object in
            ["null", "true", "1", "[]", "\"expected hunter2-Canary\"", positional.as_str(), "[{}]"]
        {
            tester.names(path, no_object, ".", "invalid").await;
        }
        let nested = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
        let open = "[".repeat(60_000);
        let objects = "{\"a\":".repeat(10_000);
        let member = values.len().to_string();
        for no_json in [
            " ",
            "{",
            "}",
            "nonsense",
            &whole[..whole.len() - 1],
            &format!("{whole}{whole}"),
            &format!("{whole},"),
            "{'email':1}",
            "\u{feff}{}",
            &open,
        ] {
            tester.refused(path, no_json, 400, "invalid_request").await;
        }
        for deep in
            [nested.clone(), objects, format!("{{\"x{member}\":{nested}}}"), format!("{{\"email\":{open}")]
        {
            let reply = tester.send(path, Some("application/json"), deep).await;
            assert!([400, 422].contains(&reply.status), "{path}: {reply:?}");
        }
        for bytes in [
            &b"\xff"[..],
            b"{\"email\":\"\xff\"}",
            b"{\"refresh_token\":\"\xc3\x28\"}",
            b"{\0}",
            b"\0",
            b"\xff\xfe{\0}\0",
        ] {
            let reply = tester.send(path, Some("application/json"), bytes).await;
            assert!([400, 422].contains(&reply.status), "{path} {bytes:?}: {reply:?}");
        }
        // These two may have their token in a cookie.
        if !["/api/v1/auth/logout", "/api/v1/auth/refresh"].contains(&path) {
            tester.refused(path, "", 400, "invalid_request").await;
        }
    }
}
