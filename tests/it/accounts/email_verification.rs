//! The link that verifies an address, and the mail that is sent again.

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{LinkScene, REQUIRED, RESEND, VERIFY};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::security_events::count_events;
use crate::support::sql::sql;

const EMAIL: &str = "ada@example.com";
const REQUESTED: &str = "email.verification_requested";

#[apply(on_both_databases)]
async fn the_mail_is_sent_again(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    scene.client.register(EMAIL, PASSWORD).await;
    let reply = scene.post(RESEND, json!({"email": " ADA@example.com"})).await;
    assert_eq!((reply.status, &reply.body), (202, &json!({"status": "accepted"})));
    let again = scene.mailbox.wait_for_nth(EMAIL, "verify_email", 2).await;
    let first = scene.mailbox.all(EMAIL, "verify_email")[0].token();
    assert_eq!(first, again.token(), "what was delivered works");
    assert_eq!(scene.verify(&again.token()).await.status, 200);
    assert_eq!(scene.client.login(EMAIL, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn who_does_not_need_it_gets_no_mail(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let verified = scene.verified().await;
    scene.client.register(EMAIL, PASSWORD).await;
    sql(&env, &format!("UPDATE users SET status = 'disabled' WHERE email = '{EMAIL}'"));
    for email in [verified.as_str(), EMAIL, "nobody@example.com"] {
        assert_eq!(scene.post(RESEND, json!({"email": email})).await.status, 202);
    }
    scene.without_link(3).await;
    scene.mailbox.settled(&env).await;
    assert_eq!(scene.mailbox.all(&verified, "verify_email").len(), 1, "the first");
    assert_eq!(scene.mailbox.all(EMAIL, "verify_email").len(), 1, "the first");
    scene.mailbox.assert_none(&env, "nobody@example.com", "verify_email").await;
    assert_eq!(count_events(&env, REQUESTED), 0);
}

#[apply(on_both_databases)]
async fn a_link_works_once(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    scene.client.register(EMAIL, PASSWORD).await;
    let token = scene.mailbox.wait_for(EMAIL, "verify_email").await.token();
    let attempts = (0..20).map(|_| {
        let (client, token) = (scene.client.clone(), token.clone());
        tokio::spawn(async move {
            client.post(VERIFY, json!({"token": token, "password": PASSWORD})).await.status
        })
    });
    let mut statuses = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        statuses.push(attempt.await.expect("an answer"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 401), "{statuses:?}");
    assert_eq!(count_events(&env, "email.verified"), 1);
    scene.verify(&token).await.assert_problem(401, "token_invalid");
}
