//! What no route takes: 404, and 405 with the methods that there are.

use std::collections::BTreeSet;

use reqwest::Method;

use super::common::{Document, concrete, shared};
use crate::support::client::send;

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let shared = shared().await;
    let client = shared.client();
    let document = Document::of(&client).await;
    let paths: BTreeSet<&str> = document.operations().iter().map(|(path, ..)| *path).collect();
    assert!(paths.len() > 10);
    for path in paths {
        let operations = document.operations().into_iter().filter(|(own, ..)| *own == path);
        let known: BTreeSet<String> = operations.map(|(_, method, _)| method.to_uppercase()).collect();
        // Every method is checked in the same way there.
        if path == "/api/v1/auth/verify-token" {
            continue;
        }
        for method in METHODS.into_iter().chain(["PROPFIND"]).filter(|method| !known.contains(*method)) {
            let request = client.request(method.parse::<Method>().expect("a method"), &concrete(path));
            let reply = send(request).await;
            let is_options = method == "OPTIONS";
            assert_eq!(reply.status, if is_options { 204 } else { 405 }, "{method} {path}");
            if !["HEAD", "OPTIONS"].contains(&method) {
                reply.assert_problem(405, "method_not_allowed");
            }
            let allowed = reply.header("allow").expect("an Allow header").split(", ").map(str::to_owned);
            let mut allowed: BTreeSet<_> = allowed.collect();
            assert_eq!(allowed.remove("OPTIONS"), is_options, "{method} {path}");
            assert_eq!(allowed, known, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn near_misses_are_not_found() {
    let shared = shared().await;
    let client = shared.client();
    let document = Document::of(&client).await;
    let mut misses: Vec<String> = vec![
        "/metrics".into(),
        "/.git/config".into(),
        "/.env".into(),
        "/api".into(),
        "/api/v1".into(),
        "/api/v2/me".into(),
        "/admin".into(),
        "/debug/pprof".into(),
        "/api/v1/auth/".into(),
        "//".into(),
        "/static/../kindred.toml".into(),
        "/%2e%2e/%2e%2e/etc/passwd".into(),
    ];
    for (path, ..) in document.operations() {
        misses.extend([
            format!("{}/x/y", concrete(path)),
            concrete(path).to_uppercase(),
            format!("/x{}", concrete(path)),
        ]);
    }
    for miss in misses {
        for method in [Method::GET, Method::POST] {
            let reply = send(client.request(method.clone(), &miss)).await;
            assert_eq!((reply.status, reply.code()), (404, "not_found"), "{method} {miss}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn every_documented_operation_exists() {
    let shared = shared().await;
    let client = shared.client();
    let document = Document::of(&client).await;
    for (path, method, _) in document.operations() {
        let name: Method = method.to_uppercase().parse().expect("a method");
        let reply = send(client.request(name, &concrete(path))).await;
        // These documents and providers come from the configuration, which names none here.
        let is_of_settings = path.starts_with("/.well-known/") || path.contains("{provider}");
        let is_unset = is_of_settings && reply.status == 404;
        assert!(is_unset || ![404, 405].contains(&reply.status), "{method} {path}: {reply:?}");
        document.assert_has(method, path, reply.status);
    }
}

#[tokio::test]
async fn load_balancers_may_ask_for_the_options_of_the_server() {
    let shared = shared().await;
    let reply = send(shared.client().request(Method::OPTIONS, "/")).await;
    assert_eq!((reply.status, reply.body.is_null()), (204, true), "{reply:?}");
    assert!(reply.header("allow").is_some_and(|allowed| allowed.contains("OPTIONS")), "{reply:?}");
    let reply = send(shared.client().request(Method::OPTIONS, "/nowhere")).await;
    reply.assert_problem(404, "not_found");
}

#[tokio::test]
async fn verify_token_answers_every_method() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    for method in METHODS.into_iter().chain(["PROPFIND"]) {
        let path = "/api/v1/auth/verify-token";
        let request = || client.request(method.parse::<Method>().expect("a method"), path);
        let reply = send(request().header("Authorization", format!("Bearer  {}", user.access))).await;
        assert_eq!(
            (reply.status, reply.header("x-auth-session")),
            (204, Some(user.session_id.as_str())),
            "{method}"
        );
        assert_eq!(send(request()).await.status, 401, "{method}");
    }
}
