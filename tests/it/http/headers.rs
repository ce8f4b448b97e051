//! Headers that every answer carries, and the correlation id.

use reqwest::Method;
use serde_json::json;

use super::common::{Document, shared};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Reply, send, unique_email};

const PERMISSIONS: &str = "geolocation=(), microphone=(), camera=(), publickey-credentials-get=(self), \
    publickey-credentials-create=(self)";
const ALWAYS: &[(&str, &str)] = &[
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", PERMISSIONS),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

fn assert_headers(reply: &Reply, what: &str) {
    for (name, value) in ALWAYS {
        assert_eq!(reply.header(name), Some(*value), "{name} of {what}");
    }
    let policy = reply.header("content-security-policy").expect("a policy");
    for rule in ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{rule} in {policy} of {what}");
    }
    assert!(!policy.contains("script-src 'unsafe-inline'") && !policy.contains("unsafe-eval"), "{policy}");
    assert!(reply.header("x-correlation-id").is_some_and(|id| !id.is_empty()), "{what}");
    let sets_cookie = what.contains("/api/v1/auth/csrf");
    for banner in ["server", "x-powered-by", "set-cookie", "location"] {
        if banner == "set-cookie" && sets_cookie {
            continue;
        }
        let redirects = banner == "location" && (300..400).contains(&reply.status);
        assert!(redirects || reply.header(banner).is_none(), "{banner} of {what}");
    }
}

#[tokio::test]
async fn every_operation_sends_them() {
    let shared = shared().await;
    let client = shared.client();
    let document = Document::of(&client).await;
    let user = client.signed_in().await;
    let mut seen = 0;
    for (path, method, _) in document.operations() {
        let concrete = path.replace("{id}", &user.session_id);
        let name: Method = method.to_uppercase().parse().expect("a method");
        // As a stranger, and (where that ends nothing) as the user.
        let stranger = send(client.request(name.clone(), &concrete)).await;
        let mut replies = vec![stranger];
        if ["get", "head"].contains(&method) {
            replies.push(send(client.request(name, &concrete).bearer_auth(&user.access)).await);
        }
        for reply in replies {
            let what = format!("{method} {path} ({})", reply.status);
            assert_headers(&reply, &what);
            let cached = path == "/.well-known/jwks.json";
            let expected = if cached { "public, max-age=300" } else { "no-store" };
            assert_eq!(reply.header("cache-control"), Some(expected), "{what}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
    let email = unique_email();
    let body = json!({"email": email, "password": crate::support::client::PASSWORD});
    for path in ["/api/v1/auth/register", "/api/v1/auth/login", "/api/v1/auth/login?x=1", "/nowhere"] {
        let reply = client.post(path, body.clone()).await;
        assert_headers(&reply, path);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
    }
}

/// Whatever is answered, and wherever: static files, redirects, preflights, and each kind of error.
#[tokio::test]
async fn every_kind_of_answer_sends_them() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let login = "/api/v1/auth/login";
    let post = |path: &str| client.request(Method::POST, path);
    let json = |body: &str| post(login).header("Content-Type", "application/json").body(body.to_owned());
    let large = format!("{{\"email\": \"{}\"}}", "a".repeat(200_000));
    let get = |path: &str| client.request(Method::GET, path);
    let requests = [
        (200, get("/docs/")),
        (200, get("/docs/swagger-ui.css")),
        (404, get("/docs/nowhere.js")),
        (200, get("/api/openapi.json")),
        (400, json("{")),
        (422, json("{}")),
        (413, json(&large)),
        (415, post(login).header("Content-Type", "text/plain").body("{}")),
        (401, get("/api/v1/me")),
        (400, get("/api/v1/me").header("Authorization", "Bearer a").header("Authorization", "Bearer b")),
        (403, post(login).json(&json!({"email": "a", "password": "b", "transport": "cookie"}))),
        (404, get("/api/v1/admin/nowhere")),
        (404, get("/%ff")),
        (405, client.request(Method::PUT, login)),
        (204, client.request(Method::OPTIONS, login)),
        (401, client.request(Method::HEAD, "/api/v1/auth/verify-token")),
        (403, client.request(Method::GET, "/api/v1/admin/users").bearer_auth(&user.access)),
    ];
    for (status, request) in requests {
        let reply = send(request).await;
        let what = format!("{status} {reply:?}");
        assert_eq!(reply.status, status, "{what}");
        assert_headers(&reply, &what);
    }
    let redirect = client.get("/docs").await;
    for (name, value) in ALWAYS {
        assert_eq!(redirect.header(name), Some(*value), "{name}");
    }
}

/// Pages have a policy of their own, and send their origin along with forms; their files may be kept.
#[tokio::test]
async fn pages_and_their_files_send_them() {
    let shared = shared().await;
    let client = shared.client();
    let mut files = Vec::new();
    for path in ["/login", "/account", "/account/forgot-password", "/account/secure", "/continue?returnTo=/a"]
    {
        let page = client.get(path).await;
        for (name, value) in ALWAYS.iter().filter(|(name, _)| *name != "referrer-policy") {
            assert_eq!(page.header(name), Some(*value), "{name} of {path}");
        }
        assert_eq!(page.header("referrer-policy"), Some("strict-origin"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(page.header("server"), None, "{path}");
        let policy = page.header("content-security-policy").expect("a policy");
        let rules = [
            "default-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "script-src 'self'",
        ];
        assert!(
            rules.iter().all(|rule| policy.contains(rule)) && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        let html = page.body.as_str().expect("HTML");
        files.extend(
            html.split('"')
                .filter(|text| text.starts_with("/assets/") && text.contains('.'))
                .map(str::to_owned),
        );
    }
    assert!(files.len() > 10, "{files:?}");
    for path in files {
        let file = client.get(&path).await;
        assert_eq!(file.status, 200, "{path}");
        assert_headers(&file, &path);
    }
}

#[tokio::test]
async fn a_good_correlation_id_is_kept() {
    let shared = shared().await;
    let longest = "a".repeat(64);
    for id in ["a", "abc.DEF_1-2", longest.as_str()] {
        for path in ["/health/live", "/api/v1/me", "/nowhere"] {
            let request = shared.client().request(Method::GET, path);
            let reply = send(request.header("X-Correlation-ID", id)).await;
            assert_eq!(reply.header("x-correlation-id"), Some(id), "{path}");
            if reply.status >= 400 {
                assert_eq!(reply.body["correlation_id"], id, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_bad_correlation_id_is_replaced() {
    let shared = shared().await;
    let too_long = "a".repeat(65);
    let hostile: [&[u8]; 8] =
        [b"", b" ", b"a b", b"a;b", b"\"", b"<script>", too_long.as_bytes(), "é".as_bytes()];
    for id in hostile {
        let request = shared.client().request(Method::GET, "/api/v1/me");
        let reply = send(request.header("X-Correlation-ID", id)).await;
        reply.assert_problem(401, "token_missing");
        let given = reply.text("/correlation_id");
        assert!(uuid::Uuid::parse_str(&given).is_ok(), "{given}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_transport_security_follows_the_public_url() {
    let url = ("KINDRED_SERVER__PUBLIC_URL", "https://id.example.com");
    let costs = [("KINDRED_PASSWORD__MEMORY_KIB", "19456"), ("KINDRED_PASSWORD__ITERATIONS", "2")];
    let preview = [&[("KINDRED_PROFILE", "preview"), url][..], &costs].concat();
    let subdomains = [&preview[..], &[("KINDRED_SERVER__HSTS_SUBDOMAINS", "true")]].concat();
    let plain = [&preview[..], &[("KINDRED_SERVER__PUBLIC_URL", "http://localhost:8080")]].concat();
    for (environment, expected) in [
        (&preview, Some("max-age=63072000")),
        (&subdomains, Some("max-age=63072000; includeSubDomains")),
        (&plain, None),
        (&vec![url], None),
    ] {
        let env = Env::new(Backend::Sqlite).await;
        let node = env.node(environment).await;
        for path in ["/health/live", "/nowhere", "/api/v1/me"] {
            let reply = node.client().get(path).await;
            assert_eq!(reply.header("strict-transport-security"), expected, "{path} {environment:?}");
        }
    }
}
