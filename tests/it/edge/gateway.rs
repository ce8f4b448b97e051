//! nginx as a gateway: `auth_request`, and the server below a path.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use reqwest::Method;

use super::proxies::{address, nginx};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, send, unique_email};
use crate::support::process::Node;

/// `auth_request` as in the documentation of nginx, except that the subrequest has the method of the original request.
fn guarded(node: &Node) -> String {
    format!(
        "location /guarded {{ auth_request /check; proxy_pass http://{0}/health/live; proxy_method GET; }}\n\
         location = /check {{ internal; proxy_pass http://{0}/api/v1/auth/verify-token;\n\
         proxy_http_version 1.1; proxy_method $request_method; proxy_pass_request_body off; proxy_set_header Content-Length \"\"; }}",
        address(node)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn auth_request_passes_every_method_on() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let user = node.client().signed_in().await;
    let configuration = guarded(&node);
    let proxy = nginx("", |_| configuration.clone());
    let client = Client::new(&proxy.url());
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        let request = || client.request(method.parse::<Method>().expect("a method"), "/guarded");
        let reply =
            send(request().header("Authorization", format!("Bearer   {}", user.access)).body("x=1")).await;
        assert_eq!(reply.status, 200, "{method}: {reply:?}");
        assert_eq!(send(request().body("x=1")).await.status, 401, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_below_a_path() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_SERVER__PUBLIC_URL", "http://localhost/auth/")]).await;
    let location =
        format!("location /auth/ {{ proxy_pass http://{}/; }}\nlocation / {{ return 418; }}", address(&node));
    let proxy = nginx("", |_| location.clone());
    let client = Client::new(&format!("{}/auth", proxy.url()));
    let site = Client::new(&proxy.url());

    let email = unique_email();
    client.register(&email, PASSWORD).await.assert_status(201);
    let user = client.login(&email, PASSWORD).await;
    let document = client.get("/api/openapi.json").await;
    assert_eq!(document.text("/servers/0/url"), "http://localhost/auth");

    let redirect = client.get("/docs").await;
    let docs = redirect.header("location").expect("a redirect").to_owned();
    assert!(site.get(&docs).await.body.as_str().is_some_and(|page| page.contains("swagger")), "{docs}");
    let script = site.get(&format!("{docs}swagger-initializer.js")).await;
    assert!(
        script.body.as_str().is_some_and(|text| text.contains("\"/auth/api/openapi.json\"")),
        "{script:?}"
    );

    let upload = client.request(Method::PUT, "/api/v1/me/avatar").bearer_auth(user.access());
    let stored = send(upload.header("Content-Type", "image/png").body(picture())).await;
    stored.assert_status(200);
    let path = stored.text("/url");
    assert_eq!(client.me(&user.access()).await.text("/avatar_url"), path);
    send(site.request(Method::GET, &path).bearer_auth(user.access())).await.assert_status(200);
}

fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(8, 8).write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}
