//! How a picture is served: as a picture and as nothing else, to anyone who is signed in.

use reqwest::Method;

use super::common::{fetch, picture, png, put};
use crate::http::common::shared;
use crate::support::client::send;

#[tokio::test]
async fn it_is_a_picture_and_nothing_else() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    for (media_type, name) in [("image/png", "avatar.png"), ("image/jpeg", "avatar.jpg")] {
        let format = image::ImageFormat::from_mime_type(media_type).expect("a format");
        let kept = put(&client, &user, media_type, picture(format, 40, 40, [9, 8, 7])).await;
        let address = kept.text("/url");
        for method in [Method::GET, Method::HEAD] {
            let request = client.request(method.clone(), &address).bearer_auth(&user.access);
            let response = request.send().await.expect("an answer");
            assert_eq!(response.status(), 200, "{method}");
            let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            assert_eq!(header("content-type"), Some(media_type), "{method}");
            assert_eq!(header("x-content-type-options"), Some("nosniff"), "{method}");
            assert_eq!(header("cross-origin-resource-policy"), Some("same-origin"), "{method}");
            assert_eq!(
                header("content-disposition"),
                Some(&*format!("inline; filename=\"{name}\"")),
                "{method}"
            );
            assert_eq!(header("cache-control"), Some("private, max-age=86400, immutable"), "{method}");
            let length = kept.body["bytes"].as_u64().expect("a number").to_string();
            assert_eq!(header("content-length"), Some(length.as_str()), "{method}");
            let policy = header("content-security-policy").expect("a policy");
            assert!(policy.starts_with("default-src 'none';") && policy.ends_with("; sandbox"), "{policy}");
            let digest = address.rsplit('/').next().expect("a digest");
            assert_eq!(header("etag"), Some(&*format!("\"{digest}\"")), "{method}");
        }
    }
}

#[tokio::test]
async fn a_client_that_has_it_is_told() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let address = put(&client, &user, "image/png", png([3, 2, 1])).await.text("/url");
    let digest = address.rsplit('/').next().expect("a digest");
    for known in
        [format!("\"{digest}\""), format!("W/\"{digest}\""), format!("\"x\", \"{digest}\""), "*".into()]
    {
        let request = client.request(Method::GET, &address).bearer_auth(&user.access);
        let reply = send(request.header("If-None-Match", &known)).await;
        assert_eq!((reply.status, reply.body.as_str()), (304, None), "{known}");
        assert_eq!(reply.header("etag"), Some(&*format!("\"{digest}\"")), "{known}");
    }
    let request = client.request(Method::GET, &address).bearer_auth(&user.access);
    assert_eq!(send(request.header("If-None-Match", "\"x\"")).await.status, 200);
}

#[tokio::test]
async fn every_signed_in_user_sees_it_and_no_one_else() {
    let shared = shared().await;
    let client = shared.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    let address = put(&client, &user, "image/png", png([1, 2, 1])).await.text("/url");
    assert_eq!(fetch(&client, &other, &address).await, fetch(&client, &user, &address).await);
    send(client.request(Method::GET, &address)).await.assert_problem(401, "token_missing");
    let replaced = put(&client, &user, "image/png", png([1, 2, 2])).await.text("/url");
    assert_ne!(replaced, address);
    assert_eq!(fetch(&client, &user, &address).await, Err(404), "its address is gone with it");
}

#[tokio::test]
async fn other_addresses_lead_nowhere() {
    let shared = shared().await;
    let client = shared.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    let address = put(&client, &user, "image/png", png([5, 5, 5])).await.text("/url");
    let digest = address.rsplit('/').next().expect("a digest");
    let (own, foreign) =
        (client.me(&user.access).await.text("/id"), client.me(&other.access).await.text("/id"));
    for (id, digest) in [
        (foreign.as_str(), digest),
        (own.as_str(), &*digest.to_uppercase()),
        (own.as_str(), &digest[1..]),
        (own.as_str(), &*"0".repeat(64)),
        (own.as_str(), "..%2f..%2fmaster.key"),
        ("incoming", digest),
        ("..", digest),
        ("%2e%2e", "master.key"),
    ] {
        let path = format!("/api/v1/avatars/{id}/{digest}");
        let reply = send(client.request(Method::GET, &path).bearer_auth(&user.access)).await;
        assert_eq!((reply.status, reply.code()), (404, "not_found"), "{path}: {reply:?}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
    }
}
