//! Texts that have broken other programs, in every place that takes a text.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::common::{Document, shared};
use crate::support::client::{PASSWORD, send, unique_email};

/// Of each kind a few: control characters, Unicode, markup, injection, numbers, paths, formats.
pub const TEXTS: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "\u{1}\u{2}\u{7f}",
    "\u{80}\u{85}\u{9f}",
    "\r\n",
    "\r\nSet-Cookie: a=b",
    "\t\u{b}\u{c}",
    "\u{a0}\u{2003}\u{3000}",
    "\u{feff}",
    "\u{200b}\u{200d}\u{2060}",
    "\u{202e}txt.exe",
    "\u{2066}x\u{2069}",
    "\u{ad}",
    "\u{fffd}\u{ffff}\u{fffe}",
    "\u{10ffff}\u{f0000}",
    "\u{e0001}\u{e0041}",
    "\u{d7ff}\u{e000}",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́",
    "ﷺ",
    "שלום עולם",
    "مرحبا",
    "田中さん",
    "𝕳𝖊𝖑𝖑𝖔",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "İıŞß",
    "ǅ ﬁ ﬀ",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "<!--#exec cmd=\"id\"-->",
    "<![CDATA[x]]>",
    "<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]>",
    "&lt;&#0;",
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    "\\'; DROP TABLE users; --",
    "$1 $2 ?1",
    "1; SELECT pg_sleep(30)",
    "\\x00",
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "${jndi:ldap://127.0.0.1/a}",
    "$(id)",
    "`id`",
    "| id",
    "; id &",
    "../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "%00",
    "%2e%2e%2f",
    "file:///etc/passwd",
    "CON",
    "%s%n%x",
    "%d",
    "=cmd|' /C calc'!A0",
    "undefined",
    "null",
    "NaN",
    "Infinity",
    "-1",
    "0x7fffffff",
    "9223372036854775808",
    "1e999",
    "true",
    "{}",
    "[]",
    "\\",
    "\\u0000",
    "\"",
    "'",
    "`",
    "\u{1b}[31m\u{1b}]0;x\u{7}",
    "(){ :;}; id",
];

/// Each place, with a text in it.
fn requests(client: &crate::support::client::Client, text: &str) -> Vec<(&'static str, RequestBuilder)> {
    let post =
        |path: &'static str, body: serde_json::Value| (path, client.request(Method::POST, path).json(&body));
    let (register, login) = ("/api/v1/auth/register", "/api/v1/auth/login");
    let (refresh, logout) = ("/api/v1/auth/refresh", "/api/v1/auth/logout");
    let (forgot, reset) = ("/api/v1/auth/password/forgot", "/api/v1/auth/password/reset");
    let (verify, resend) = ("/api/v1/auth/email/verify", "/api/v1/auth/email/verify/resend");
    let account = |member: &str| {
        let mut body = json!({"email": unique_email(), "password": PASSWORD});
        body[member] = json!(text);
        body
    };
    let mut requests = vec![
        post(register, json!({"email": text, "password": PASSWORD})),
        post(register, json!({"email": format!("{text}@example.com"), "password": PASSWORD})),
        post(register, json!({"email": format!("a@{text}.com"), "password": PASSWORD})),
        post(register, json!({"email": unique_email(), "password": format!("{text}{PASSWORD}")})),
        post(register, account("display_name")),
        post(register, account("locale")),
        post(register, account("accepted_terms")),
        post(register, account("invitation_token")),
        post(register, account("captcha_token")),
        post(forgot, json!({"email": text})),
        post(resend, json!({"email": format!("{text}@example.com")})),
        post(verify, json!({"token": text})),
        post(verify, json!({"token": "x", "password": text})),
        post(verify, json!({"token": "x", "registration_secret": text})),
        post("/api/v1/auth/email/verify/decline", json!({"token": text})),
        post("/api/v1/auth/email/verify/new-password", json!({"token": text, "new_password": text})),
        post(reset, json!({"token": text, "new_password": text})),
        post(reset, json!({"token": "x", "new_password": PASSWORD, "mfa": {"code": text}})),
        post(login, json!({"email": text, "password": PASSWORD})),
        post(login, json!({"email": "nobody@example.com", "password": text})),
        post(login, json!({"email": "nobody@example.com", "password": PASSWORD, "device_name": text})),
        post(login, json!({"email": "nobody@example.com", "password": PASSWORD, "transport": text})),
        post(refresh, json!({"refresh_token": text})),
        post(refresh, json!({"refresh_token": format!("kr1_{text}")})),
        post(logout, json!({"refresh_token": text})),
        post(login, json!({text: text})),
    ];
    for header in [
        "User-Agent",
        "X-Correlation-ID",
        "Idempotency-Key",
        "Authorization",
        "X-Forwarded-For",
        "If-None-Match",
    ] {
        // A client cannot send the others at all; raw sockets try that elsewhere.
        if reqwest::header::HeaderValue::from_bytes(text.as_bytes()).is_ok() {
            let body = json!({"refresh_token": "kr1_x"});
            let request = client.request(Method::POST, refresh).header(header, text.as_bytes()).json(&body);
            requests.push((refresh, request));
        }
    }
    requests
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_breaks_the_server() {
    let shared = shared().await;
    let client = shared.client();
    let document = Document::of(&client).await;
    assert!(TEXTS.len() >= 60);
    for text in TEXTS {
        for (path, request) in requests(&client, text) {
            let reply = tokio::time::timeout(Duration::from_secs(10), send(request)).await.expect("no hang");
            assert!(reply.status < 500, "{path} {text:?}: {reply:?}");
            document.assert_has("post", path, reply.status);
            if reply.status >= 400 {
                reply.assert_problem(reply.status, reply.code());
            }
            assert!(!reply.body.to_string().contains(PASSWORD), "{path} {text:?}: {reply:?}");
        }
    }
    assert_eq!(client.signed_in().await.access.split('.').count(), 3, "it still works");
    assert!(!shared.node.logs().contains("panicked"));
}

#[tokio::test]
async fn no_text_in_a_path_breaks_the_server() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    for text in TEXTS.iter().filter(|text| !text.is_empty()) {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let reply = client.delete_session(&user.access, &encoded).await;
        assert_eq!((reply.status, reply.code()), (404, "not_found"), "{text:?}: {reply:?}");
    }
}
