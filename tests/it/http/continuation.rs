//! `/continue`: the page that refreshes for gateways.

use super::common::shared;
use crate::support::backend::{Backend, Env};

#[tokio::test]
async fn it_may_load_its_own_script_only() {
    let shared = shared().await;
    let client = shared.client();
    let page = client.get("/continue?returnTo=%2Fa%3Fb%3D%22%3E%3Cscript%3E").await;
    page.assert_status(200);
    let text = page.body.as_str().expect("a page");
    assert!(text.contains("data-return-to=\"/a?b=&#34;&#62;&#60;script&#62;\""), "{text}");
    assert!(text.contains("<script type=\"module\" src=\"/assets/"), "{text}");
    assert!(
        text.contains("id=\"kindred-config\"") && text.contains("/app/continue.js\"></script>"),
        "{text}"
    );
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"), "else browsers send Origin: null");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let german = client.get("/continue?lang=de&returnTo=%2F").await;
    assert!(german.body.as_str().is_some_and(|text| text.contains("Einen Moment")), "{german:?}");
}

#[tokio::test]
async fn other_sites_are_not_returned_to() {
    let shared = shared().await;
    let client = shared.client();
    for target in
        ["https%3A%2F%2Fevil.example", "//evil.example", "%2F%5Cevil.example", "javascript:alert(1)"]
    {
        let reply = client.get(&format!("/continue?returnTo={target}")).await;
        reply.assert_problem(400, "invalid_request");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allowed_origins_and_the_login_page_come_from_the_settings() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env
        .node(&[
            ("KINDRED_SERVER__PUBLIC_URL", "http://localhost/auth"),
            ("KINDRED_CORS__ALLOWED_ORIGINS", "http://app.example.com"),
            ("KINDRED_GATEWAY__LOGIN_URL", "http://app.example.com/login"),
        ])
        .await;
    let page = node.client().get("/continue?returnTo=http://app.example.com/a").await;
    page.assert_status(200);
    let text = page.body.as_str().expect("a page");
    assert!(text.contains("data-return-to=\"http://app.example.com/a\""), "{text}");
    let login = "http://app.example.com/login?returnTo=http%3A%2F%2Fapp.example.com%2Fa";
    assert!(text.contains(&format!("data-login-url=\"{login}\"")), "{text}");
    assert!(text.contains("src=\"/auth/assets/") && text.contains("\"basePath\":\"/auth\""), "{text}");
}
