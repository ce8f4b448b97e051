//! `<img>` in pages of other origins, which sends neither `Origin` nor `Authorization`.

use std::sync::Arc;
use std::time::Duration;

use image::ImageFormat;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::Value;

use super::jar::Browser;
use crate::avatars::common::{picture, png, put, url};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, send};
use crate::support::in_process::{InProcess, StoppedClock};

const MODE: &str = "KINDRED_AVATARS__CROSS_ORIGIN";
const DAY: Duration = Duration::from_secs(86_400);

/// What an `<img>` without cookies gets: status, and who may embed the answer.
async fn embedded(client: &Client, address: &str) -> (u16, String) {
    let request = client.request(Method::GET, address).header("Sec-Fetch-Mode", "no-cors");
    let reply = request.header("Sec-Fetch-Site", "cross-site").send().await.expect("an answer");
    let policy = reply.headers()["cross-origin-resource-policy"].to_str().expect("text");
    (reply.status().as_u16(), policy.to_owned())
}

#[apply(on_both_databases)]
async fn pages_of_the_site_show_pictures_by_the_cookie(env: Env) {
    for (mode, policy) in [("none", "same-origin"), ("cookie", "same-site")] {
        let node = env.node(&[(MODE, mode)]).await;
        let mut browser = Browser::new(&node.client(), node.base_url());
        browser.signed_in().await;
        let bytes = picture(ImageFormat::Png, 8, 8, [1, 2, 3]);
        let upload = browser.send_bytes(Method::PUT, "/api/v1/me/avatar", "image/png", bytes).await;
        let address = upload.text("/url");
        assert!(!address.contains('?'), "{address}");
        browser.site = Some("same-site");
        (browser.origin, browser.csrf) = (None, None);
        let shown = browser.get(&address).await;
        assert_eq!((shown.status, shown.header("content-type")), (200, Some("image/png")));
        assert_eq!(shown.header("cross-origin-resource-policy"), Some(policy), "{mode}");
        // Without the cookie there is nothing to see, and everything else stays with its origin.
        assert_eq!(embedded(&node.client(), &address).await.0, 401);
        assert_eq!(embedded(&node.client(), "/api/v1/me").await, (401, "same-origin".to_owned()));
    }
}

#[apply(on_both_databases)]
async fn a_signed_address_needs_no_session_until_it_expires(env: Env) {
    let clock = StoppedClock::new();
    let server = InProcess::start(&env, Arc::<StoppedClock>::clone(&clock), &[(MODE, "signed_url")]).await;
    let client = &server.client;
    let user = client.signed_in().await;
    let kept = put(client, &user, "image/png", png([3, 2, 1])).await;
    let address = kept.text("/url");
    assert_eq!(url(client, &user).await.as_deref(), Some(address.as_str()), "it is the same all day");
    assert_eq!(embedded(client, &address).await, (200, "cross-origin".to_owned()));
    let (path, signature) = address.split_once('?').expect("a signature");
    let (until, _) = signature.split_once('&').expect("two parameters");
    let later = signature.replacen(until, "until=99999999999", 1);
    let other = "/api/v1/avatars/01919191-9191-7919-9919-919191919191";
    let of_other = format!("{other}/{}", path.rsplit('/').next().expect("a digest"));
    for invalid in [
        format!("{path}?{later}"),
        format!("{path}?{until}"),
        format!("{path}?{until}&signature="),
        format!("{of_other}?{signature}"),
        format!("{address}0"),
    ] {
        assert_ne!(embedded(client, &invalid).await.0, 200, "{invalid}");
    }
    client.get(&format!("{path}?{later}")).await.assert_problem(401, "token_invalid");
    client.get(path).await.assert_problem(401, "token_missing");
    // With a session, no signature is needed.
    send(client.request(Method::GET, path).bearer_auth(&user.access)).await.assert_status(200);
    clock.advance(DAY);
    assert_eq!(embedded(client, &address).await.0, 200);
    clock.advance(DAY);
    client.get(&address).await.assert_problem(401, "token_expired");
    assert_ne!(client.login(&user.email, crate::support::client::PASSWORD).await.body, Value::Null);
    server.stop().await;
}
