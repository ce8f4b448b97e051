//! Mail programs and scanners open links by themselves: that must not use them up.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{CONFIRM, LinkScene, NEW_PASSWORD, PUBLIC_URL, RESET, VERIFY};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send, unique_email};
use crate::support::family::Family;

#[apply(on_both_databases)]
async fn opening_a_link_uses_nothing_up(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let (email, new) = (unique_email(), unique_email());
    assert_eq!(scene.client.register(&email, PASSWORD).await.status, 201);
    let access = Family::login(&scene.client, &email).await.access().to_owned();
    let verify = scene.mailbox.wait_for(&email, "verify_email").await;
    scene.move_token(&access, &new, 1).await;
    let moved = scene.mailbox.wait_for(&new, "confirm_email_change").await;
    scene.reset_token(&email, 1).await;
    let reset = scene.mailbox.wait_for(&email, "reset_password").await;
    for (mail, path) in [(&verify, VERIFY), (&moved, CONFIRM), (&reset, RESET)] {
        let page = mail.link().strip_prefix(PUBLIC_URL).expect("below the public URL");
        let api = format!("{path}?token={}", mail.token());
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for path in [page, api.as_str()] {
                let reply = send(scene.client.request(method.clone(), path)).await;
                // `OPTIONS` only lists the methods, which is a 204 too.
                let acted = reply.status == 204 && method != Method::OPTIONS;
                assert!(reply.status < 500 && !acted, "{method} {path}: {reply:?}");
            }
        }
    }
    assert_eq!(scene.verify(&verify.token()).await.status, 200);
    assert_eq!(scene.reset(&reset.token(), NEW_PASSWORD).await.status, 200);
    // The reset has made the change of address void, as it must.
    scene.post(CONFIRM, json!({"token": moved.token()})).await.assert_problem(401, "token_invalid");
}
