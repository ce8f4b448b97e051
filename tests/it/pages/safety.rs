//! What a link survives that programs and other sites do with it.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{NEW_PASSWORD, Page, PageScene, REQUIRED, Reading};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, send};
use crate::support::sql::sql;

const EMAIL: &str = "ada@example.com";
const KIND: &str = "application/x-www-form-urlencoded";

/// The tables that a link could change.
fn state(env: &Env) -> Vec<String> {
    let counted = ["users", "pending_registrations", "security_events", "outbox", "session_families"];
    let used = "SELECT count(*) FROM one_time_tokens WHERE used_at IS NOT NULL OR voided_at IS NOT NULL";
    let counts = counted.map(|table| sql(env, &format!("SELECT count(*) FROM {table}")));
    counts.into_iter().chain([sql(env, used)]).collect()
}

#[apply(on_both_databases)]
async fn reading_a_link_changes_nothing(env: Env) {
    let scene = PageScene::start(&env, &[REQUIRED]).await;
    scene.client.register(EMAIL, PASSWORD).await;
    let link = scene.link(EMAIL, "verify_email").await;
    scene.mailbox.settled(&env).await;
    let before = state(&env);
    for method in [Method::GET, Method::HEAD] {
        let mut browser = scene.browser();
        for _ in 0..3 {
            let reply = browser.send(method.clone(), &link, Value::Null).await;
            assert_eq!(reply.status, 303);
            assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            let place = reply.header("location").expect("a place").to_owned();
            assert_eq!(place, "/account/verify-email");
            let page = Page::of(browser.send(method.clone(), &place, Value::Null).await);
            assert_eq!(page.status, 200);
            assert_eq!(page.reply.header("referrer-policy"), Some("strict-origin"));
            let token = link.split("token=").nth(1).expect("a token");
            assert!(!page.has(token) && !page.has("<script"), "{}", page.html);
        }
        let stored = browser.find("kindred_link_v1").expect("a cookie");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(stored.attributes.iter().any(|own| own == attribute), "{attribute} in {stored:?}");
        }
    }
    assert_eq!(state(&env), before);
}

#[apply(on_both_databases)]
async fn a_form_of_another_site_does_nothing(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    scene.client.post("/api/v1/auth/password/forgot", json!({"email": person.email})).await;
    let link = scene.link(&person.email, "reset_password").await;
    let mut browser = scene.browser();
    let page = browser.open(&link).await;
    let (csrf, bound) = (page.hidden("csrf_token"), page.hidden("link"));
    let values = [("new_password", NEW_PASSWORD)];
    let body = |csrf: &str| {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf_token", csrf).append_pair("link", &bound).extend_pairs(values);
        form.finish().into_bytes()
    };
    let first = if csrf.starts_with('0') { "1" } else { "0" };
    let flipped = format!("{first}{}", &csrf[1..]);
    for wrong in ["", "x", flipped.as_str(), &csrf[..127], csrf.to_uppercase().as_str()] {
        let sent = browser.send_bytes(Method::POST, &page.action(), KIND, body(wrong)).await;
        Page::of(sent).assert(403, "This page is out of date");
    }
    let mut evil = browser.page_of("https://evil.example", "cross-site");
    let sent = evil.send_bytes(Method::POST, &page.action(), KIND, body(&csrf)).await;
    Page::of(sent).assert(403, "This page is out of date");
    let mut other = scene.browser();
    other.open(&link).await;
    let sent = other.send_bytes(Method::POST, &page.action(), KIND, body(&csrf)).await;
    Page::of(sent).assert(403, "This page is out of date");
    let sent = browser.send_bytes(Method::POST, &page.action(), "application/json", b"{}".to_vec()).await;
    assert_eq!(sent.status, 415);
    let twice = [body(&csrf), b"&new_password=other-Password-1".to_vec()].concat();
    assert_eq!(browser.send_bytes(Method::POST, &page.action(), KIND, twice).await.status, 400);
    assert_eq!(scene.client.login(&person.email, PASSWORD).await.status, 200, "nothing was changed");
    assert_ne!(
        browser.page("/account/reset-password").await.hidden("csrf_token"),
        csrf,
        "masked for each page"
    );
    browser.submit(&page, &values).await.assert(200, "Your password is set");
}

#[apply(on_both_databases)]
async fn a_form_is_bound_to_its_link(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let (one, two) = (scene.client.signed_in().await, scene.client.signed_in().await);
    for person in [&one, &two] {
        scene.client.post("/api/v1/auth/password/forgot", json!({"email": person.email})).await;
    }
    let mut browser = scene.browser();
    let first = browser.open(&scene.link(&one.email, "reset_password").await).await;
    let second = browser.open(&scene.link(&two.email, "reset_password").await).await;
    let values = [("new_password", NEW_PASSWORD)];
    browser.submit(&first, &values).await.assert(409, "You opened another link");
    assert_eq!(scene.client.login(&two.email, PASSWORD).await.status, 200);
    browser.submit(&second, &values).await.assert(200, "Your password is set");
    assert_eq!(scene.client.login(&two.email, NEW_PASSWORD).await.status, 200);
    assert_eq!(scene.client.login(&one.email, PASSWORD).await.status, 200);
    // Without the cookie, as after ten minutes.
    let mut forgetful = scene.browser();
    forgetful.page("/account/reset-password").await.assert(400, "Open the link in the mail again");
}

#[tokio::test]
async fn nothing_that_is_sent_is_shown_unescaped() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = PageScene::start(&env, &[]).await;
    let evil = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for path in [
        format!("/account/verify-email?step={evil}"),
        format!("/account/forgot-password?lang={evil}&step={evil}"),
        format!("/account/{evil}?lang={evil}"),
        format!("/login?returnTo=/{evil}"),
        format!("/administration/{evil}"),
    ] {
        let page = Page::of(scene.client.get(&path).await);
        assert!(page.status < 500 && !page.has("<script>alert"), "{path}: {}", page.html);
    }
    let long = "a".repeat(64);
    let page = Page::of(scene.client.get(&format!("/account/forgot-password?step={long}")).await);
    page.assert(200, "action=\"/account/forgot-password\"");
    let reply = scene.browser().get(&format!("/account/secure?token={evil}")).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/account/secure")));
    let forwarded =
        scene.client.request(Method::GET, "/account/secure?token=abc").header("Host", "evil.example");
    assert_eq!(send(forwarded).await.header("location"), Some("/account/secure"));
}

#[tokio::test]
async fn a_planted_cookie_is_not_taken_for_a_link() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = PageScene::start(&env, &[]).await;
    let mut browser = scene.browser();
    browser.plant("kindred_link_v1", "planted");
    browser.open("/account/secure?token=own").await.assert(400, "Open the link in the mail again");
}
