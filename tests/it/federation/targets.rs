//! A login leads back to known pages only.

use reqwest::Method;

use super::scene::{Scene, begin, come_back, parameters};
use crate::support::backend::{Backend, Env};
use crate::support::client::send;

const REFUSED: [&str; 38] = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\evil.example",
    "\\\\evil.example",
    "/\tevil.example",
    "/\n//evil.example",
    "\t//evil.example",
    " //evil.example",
    "evil.example",
    "evil.example/login",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https://evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "http://evil.example",
    "https://app.example.com.evil.example",
    "https://app.example.com@evil.example",
    "https://app.example.com:x@evil.example",
    "https://user@app.example.com/",
    "https://app.example.com:8443/",
    "http://app.example.com/",
    "https://evil.example/https://app.example.com",
    "https://evil.example#https://app.example.com",
    "https://evil.example?https://app.example.com",
    "https://evil.example\\app.example.com",
    "https://app.example.com\\.evil.example",
    "https://xn--pp-8la.example.com/",
    "https://app.example.com%2eevil.example",
    "https://app.example.com%00.evil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "blob:https://app.example.com/x",
    "ftp://app.example.com/",
    "app://login",
];

const ALLOWED: [&str; 13] = [
    "/",
    "/account",
    "/login?returnTo=%2Faccount",
    "/account?a=b&c=d",
    "/account#part",
    "/a//b",
    "/%2F%2Fevil.example",
    "/@evil.example",
    "/..//evil.example",
    "https://app.example.com",
    "https://app.example.com/",
    "https://app.example.com/deep?x=1#y",
    "https://APP.example.com/case",
];

#[tokio::test]
async fn fifty_forms_of_a_target() {
    let env = Env::new(Backend::Sqlite).await;
    let origins = ("KINDRED_CORS__ALLOWED_ORIGINS", "https://app.example.com");
    let scene = Scene::start(&env, &[origins]).await;
    let client = scene.client();
    let start = |target: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("return_to", target);
        format!("/api/v1/auth/federation/staff/start?{}", query.finish())
    };
    for target in REFUSED {
        let reply = send(client.request(Method::GET, &start(target))).await;
        assert_eq!(reply.status, 422, "{target:?}: {reply:?}");
        assert!(!reply.headers.contains_key("set-cookie"), "{target:?}");
    }
    let mut browser = scene.browser();
    for target in ALLOWED {
        let query = start(target).split_once('?').expect("a query").1.to_owned();
        let state = parameters(&begin(&mut browser, "staff", &query).await)["state"].clone();
        let path = format!("/api/v1/auth/federation/staff/callback?error=access_denied&state={state}");
        let back = come_back(&mut browser, &path).await;
        let is_here = back.starts_with('/') && !back.starts_with("//");
        assert!(is_here || back.starts_with("https://app.example.com/"), "{target:?} led to {back}");
        assert_eq!(is_here, target.starts_with('/'), "{target:?} led to {back}");
    }
}

#[tokio::test]
async fn the_beginning_is_checked_parameter_by_parameter() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    for query in [
        "purpose=link",
        "purpose=admin",
        "code_challenge=short",
        "ticket=made-up",
        "ticket=made-up&return_to=/",
        "return_to=/&return_to=/",
        "redirect_uri=/",
    ] {
        let reply = scene.client().get(&format!("/api/v1/auth/federation/staff/start?{query}")).await;
        reply.assert_problem(422, "validation_failed");
    }
}
