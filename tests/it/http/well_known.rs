//! The documents below `/.well-known` that follow from the configuration.

use reqwest::Method;
use serde_json::json;

use super::common::shared;
use crate::support::backend::{Backend, Env};
use crate::support::client::send;

const PATHS: [&str; 4] = ["webauthn", "passkey-endpoints", "assetlinks.json", "apple-app-site-association"];

fn path(name: &str) -> String {
    format!("/.well-known/{name}")
}

#[tokio::test]
async fn what_is_not_configured_is_not_found() {
    let shared = shared().await;
    let client = shared.client();
    // Browsers ask for the last one, to learn whether a missing page is told so (Change Password URL §4).
    for name in
        PATHS.into_iter().chain(["resource-that-should-not-exist-whose-status-code-should-not-be-200"])
    {
        let reply = client.get(&path(name)).await;
        reply.assert_problem(404, "not_found");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{name}");
    }
}

#[tokio::test]
async fn what_is_configured_is_shown() {
    let env = Env::new(Backend::Sqlite).await;
    let fingerprint = ["0a"; 32].join(":");
    let node = env
        .node(&[
            ("KINDRED_BRANDING__PRODUCT_NAME", "Acme"),
            ("KINDRED_WEBAUTHN__RELATED_ORIGINS", "https://example.de,https://example.fr:8443"),
            ("KINDRED_WEBAUTHN__ANDROID_APPS", &format!("com.example.app={fingerprint}")),
            ("KINDRED_WEBAUTHN__APPLE_APPS", "A1B2C3D4E5.com.example.app"),
            ("KINDRED_WELL_KNOWN__CHANGE_PASSWORD_URL", "https://www.example.com/settings?tab=password"),
            ("KINDRED_WELL_KNOWN__PASSKEY_ENROLL_URL", "https://www.example.com/passkeys/new"),
            ("KINDRED_WELL_KNOWN__PASSKEY_MANAGE_URL", "https://www.example.com/passkeys"),
        ])
        .await;
    let client = node.client();
    let app = json!({
        "namespace": "android_app",
        "package_name": "com.example.app",
        "sha256_cert_fingerprints": [fingerprint.to_uppercase()],
    });
    let relations =
        ["delegate_permission/common.get_login_creds", "delegate_permission/common.handle_all_urls"];
    let pages = json!({
        "enroll": "https://www.example.com/passkeys/new",
        "manage": "https://www.example.com/passkeys",
    });
    for (name, document) in [
        ("webauthn", json!({"origins": ["https://example.de", "https://example.fr:8443"]})),
        ("passkey-endpoints", pages),
        ("assetlinks.json", json!([{"relation": relations, "target": app}])),
        ("apple-app-site-association", json!({"webcredentials": {"apps": ["A1B2C3D4E5.com.example.app"]}})),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let reply = send(client.request(method.clone(), &path(name))).await;
            assert_eq!(reply.status, 200, "{name}");
            assert_eq!(reply.header("content-type"), Some("application/json"), "{name}");
            assert_eq!(reply.header("cache-control"), Some("public, max-age=3600"), "{name}");
            assert!(method == Method::HEAD || reply.body == document, "{name}: {}", reply.body);
        }
        client.post(&path(name), json!({})).await.assert_problem(405, "method_not_allowed");
    }
    let reply = client.get(&path("change-password")).await;
    assert_eq!(reply.status, 303);
    assert_eq!(reply.header("location"), Some("https://www.example.com/settings?tab=password"));
}
