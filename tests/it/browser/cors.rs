//! Which pages may read answers.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::jar::{Browser, LOGIN, REFRESH};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send, unique_email};
use crate::throttle::visitor::limited_and;

const ALLOWED: &str = "https://app.example.com";
const ENVIRONMENT: &[(&str, &str)] = &[
    ("KINDRED_CORS__ALLOWED_ORIGINS", "https://app.example.com,capacitor://localhost"),
    ("KINDRED_SERVER__PUBLIC_URL", "https://auth.example.com"),
];

const OTHERS: [&str; 25] = [
    "null",
    "*",
    "https://evil.example",
    "http://app.example.com",
    "https://app.example.com:443",
    "https://app.example.com:8443",
    "https://app.example.com.",
    "https://app.example.com/",
    "https://app.example.com.evil.example",
    "https://evil-app.example.com",
    "https://appxexample.com",
    "https://app.example.comx",
    "https://xapp.example.com",
    "https://sub.app.example.com",
    "https://example.com",
    "https://App.example.com",
    "HTTPS://app.example.com",
    "https://app.example.com@evil.example",
    "https://evil.example#https://app.example.com",
    "https://evil.example/https://app.example.com",
    "https://app.example.com https://evil.example",
    "https://app.example.com,https://evil.example",
    "//app.example.com",
    "app.example.com",
    "ionic://localhost",
];

#[apply(on_both_databases)]
async fn only_exact_origins_are_allowed(env: Env) {
    let node = env.node(ENVIRONMENT).await;
    let email = unique_email();
    node.client().register(&email, PASSWORD).await.assert_status(201);
    let login = json!({"email": email, "password": PASSWORD, "transport": "cookie"});
    for origin in OTHERS {
        let read = send(node.client().request(Method::GET, "/api/v1/me").header("Origin", origin)).await;
        let preflight = node.client().request(Method::OPTIONS, LOGIN).header("Origin", origin);
        let preflight = send(preflight.header("Access-Control-Request-Method", "POST")).await;
        for reply in [read, preflight] {
            assert_eq!(reply.header("access-control-allow-origin"), None, "{origin}");
            assert_eq!(reply.header("access-control-allow-credentials"), None, "{origin}");
            assert_eq!(reply.header("vary"), Some("Origin"), "{origin}");
        }
        let mut page = Browser::new(&node.client(), ALLOWED);
        page.fetch_csrf().await;
        page.origin = Some(origin.to_owned());
        page.site = Some("cross-site");
        page.post(LOGIN, login.clone()).await.assert_problem(403, "origin_not_allowed");
    }
    for origin in [ALLOWED, "capacitor://localhost", "https://auth.example.com"] {
        let mut page = Browser::new(&node.client(), origin).page_of(origin, "same-site");
        page.log_in(&email).await.assert_status(200);
    }
}

#[apply(on_both_databases)]
async fn an_allowed_page_reads_what_it_needs(env: Env) {
    let node = env.node(ENVIRONMENT).await;
    let preflight = node.client().request(Method::OPTIONS, REFRESH).header("Origin", ALLOWED);
    let preflight = send(preflight.header("Access-Control-Request-Method", "POST")).await;
    preflight.assert_status(204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some(ALLOWED));
    assert_eq!(preflight.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(preflight.header("access-control-max-age"), Some("600"));
    let allowed = preflight.header("access-control-allow-headers").expect("headers");
    assert!(["X-CSRF-Token", "Idempotency-Key", "Content-Type"].iter().all(|name| allowed.contains(name)));
    assert!(preflight.header("access-control-allow-methods").is_some_and(|methods| methods.contains("HEAD")));

    // A race of two tabs, whose loser is told when to try again.
    let mut page = Browser::new(&node.client(), ALLOWED).page_of(ALLOWED, "same-site");
    page.signed_in().await;
    let mut tab = page.clone();
    page.post(REFRESH, Value::Null).await.assert_status(200);
    let raced = tab.post(REFRESH, Value::Null).await;
    raced.assert_problem(409, "refresh_in_flight");
    assert_eq!(raced.body["presented_generation"], 1);
    assert_eq!(raced.header("retry-after"), Some("1"));
    assert_eq!(raced.header("access-control-allow-origin"), Some(ALLOWED));
    let exposed = raced.header("access-control-expose-headers").expect("names");
    assert!(exposed.contains("Retry-After") && exposed.contains("X-Correlation-ID"), "{exposed}");
    assert_eq!(raced.header("vary"), Some("Origin"));
    assert_eq!(raced.header("set-cookie"), None);
}

/// What a page needs in order to wait, or to solve a CAPTCHA, instead of trying again and again.
#[apply(on_both_databases)]
async fn an_allowed_page_reads_the_limits(env: Env) {
    let node = env.node(&limited_and(ENVIRONMENT)).await;
    let ask = async |origin: &str, path: &str, body: Value| {
        let request = node.client().request(Method::POST, path).header("Origin", origin);
        send(request.header("X-Forwarded-For", "192.0.2.7").json(&body)).await
    };
    let forgot = "/api/v1/auth/password/forgot";
    let mut replies = Vec::new();
    for _ in 0..6 {
        replies.push(ask(ALLOWED, forgot, json!({"email": unique_email()})).await);
    }
    replies[4].assert_status(202);
    replies[5].assert_problem(429, "rate_limited");
    for reply in &replies {
        assert_eq!(reply.header("ratelimit-policy"), Some("\"forgot\";q=5;w=30"));
        assert_eq!(reply.header("access-control-allow-origin"), Some(ALLOWED));
        let exposed = reply.header("access-control-expose-headers").expect("names");
        let names: Vec<_> = exposed.split(',').map(str::trim).collect();
        for name in ["Retry-After", "RateLimit", "RateLimit-Policy"] {
            assert!(names.contains(&name), "{name}: {exposed}");
        }
    }
    assert!(replies[5].header("retry-after").is_some() && replies[5].header("ratelimit").is_some());
    // A page of another origin is told nothing that its script could read.
    let other = ask("https://evil.example", forgot, json!({"email": unique_email()})).await;
    other.assert_problem(429, "rate_limited");
    assert_eq!(other.header("access-control-allow-origin"), None);
    assert_eq!(other.header("access-control-expose-headers"), None);
}

#[apply(on_both_databases)]
async fn public_documents_are_for_all(env: Env) {
    let node = env.node(ENVIRONMENT).await;
    for path in ["/.well-known/jwks.json", "/api/openapi.json"] {
        let reply =
            send(node.client().request(Method::GET, path).header("Origin", "https://any.example")).await;
        reply.assert_status(200);
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(reply.header("access-control-allow-credentials"), None, "{path}");
    }
}
