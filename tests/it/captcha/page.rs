//! The page that is shown in a frame: only by known origins, with a policy of its own.

use crate::support::backend::{Backend, Env};

const APP: &str = "https://app.example.com";

fn service(provider: &str) -> [(&'static str, &str); 4] {
    [
        ("KINDRED_CORS__ALLOWED_ORIGINS", APP),
        ("KINDRED_CAPTCHA__PROVIDER", provider),
        ("KINDRED_CAPTCHA__SITE_KEY", "a-\"site\"-key"),
        ("KINDRED_CAPTCHA__SECRET", "the-secret-key"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_may_be_framed_by_known_origins_only() {
    let env = Env::new(Backend::Sqlite).await;
    for (provider, source) in [
        ("proof_of_work", "connect-src 'self'"),
        ("turnstile", "frame-src https://challenges.cloudflare.com"),
        ("recaptcha", "script-src 'self' https://www.google.com/recaptcha/"),
        ("hcaptcha", "script-src 'self' https://hcaptcha.com"),
    ] {
        let node = env.node(&service(provider)).await;
        let client = node.client();
        let page = client.get(&format!("/captcha?action=register&parent={APP}")).await;
        page.assert_status(200);
        let policy = page.header("content-security-policy").expect("a policy").to_owned();
        assert!(policy.ends_with(&format!("frame-ancestors 'self' {APP}")), "{policy}");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'") && policy.contains(source),
            "{policy}"
        );
        assert!(!policy.contains("script-src 'unsafe-inline'"), "{policy}");
        assert_eq!(page.header("x-frame-options"), Some("SAMEORIGIN"));
        assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        let html = page.body.as_str().expect("HTML");
        assert!(
            html.contains(&format!("data-parent=\"{APP}\"")) && html.contains("data-action=\"register\"")
        );
        assert!(!html.contains("a-\"site\"-key") && !html.contains("the-secret-key"), "{html}");
        assert_eq!(html.contains("<script src=\"https://"), provider != "proof_of_work", "{html}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_page_is_told_nothing() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&service("turnstile")).await;
    let client = node.client();
    for parent in [
        "",
        "&parent=https://evil.example",
        "&parent=null",
        "&parent=*",
        "&parent=https://app.example.com.evil",
    ] {
        let reply = client.get(&format!("/captcha?action=register{parent}")).await;
        reply.assert_problem(403, "origin_not_allowed");
        assert_eq!(reply.header("x-frame-options"), Some("DENY"));
    }
    client.get(&format!("/captcha?parent={APP}")).await.assert_problem(422, "validation_failed");
    let own = client.get(&format!("/captcha?action=login&parent={}", node.base_url())).await;
    own.assert_status(200);
    let script = client.get("/captcha/page.js").await;
    script.assert_status(200);
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.header("x-frame-options"), Some("DENY"));
    assert!(script.body.as_str().expect("a script").contains("postMessage"));
}
