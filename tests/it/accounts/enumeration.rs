//! What strangers can tell of an address: nothing (ASVS 5.0 §6.3.8).

use std::collections::BTreeSet;

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{FORGOT, LinkScene, REGISTER, REQUIRED, RESEND};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, unique_email};
use crate::support::security_events::wait_for_event;
use crate::support::sql::sql;

/// Status, body and every header but the time and the request's own id.
#[track_caller]
pub fn assert_alike(replies: &[Reply]) {
    let shown = |reply: &Reply| {
        let own = ["date", "x-correlation-id"];
        let headers = reply.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
        // Their order is drawn again for each answer.
        let headers: BTreeSet<String> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
        (reply.status, reply.body.clone(), headers)
    };
    for reply in &replies[1..] {
        assert_eq!(shown(reply), shown(&replies[0]));
    }
}

/// An account in each state, and an address without one.
async fn addresses(env: &crate::support::backend::Env, scene: &LinkScene) -> Vec<String> {
    let (verified, disabled, locked) =
        (scene.verified().await, scene.verified().await, scene.verified().await);
    let unverified = unique_email();
    assert_eq!(scene.client.register(&unverified, PASSWORD).await.status, 202);
    sql(env, &format!("UPDATE users SET status = 'disabled' WHERE email = '{disabled}'"));
    let lock =
        "UPDATE password_credentials SET locked_at = 5 WHERE user_id = (SELECT id FROM users WHERE email = ";
    sql(env, &format!("{lock}'{locked}')"));
    vec![unique_email(), verified, disabled, locked, unverified]
}

#[apply(on_both_databases)]
async fn a_registration_looks_alike(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    let mut replies = Vec::new();
    for email in addresses(&env, &scene).await {
        let mut reply = scene.client.register(&email, PASSWORD).await;
        let secret = reply.text("/registration_secret");
        assert!(secret.starts_with("kp1_") && secret.len() == 47, "{reply:?}");
        reply.body["registration_secret"] = json!("");
        replies.push(reply);
    }
    assert_eq!(replies[0].status, 202, "{:?}", replies[0]);
    assert_alike(&replies);
}

#[apply(on_both_databases)]
async fn a_request_for_a_link_looks_alike(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    let addresses = addresses(&env, &scene).await;
    let sent = [(FORGOT, "password.reset_requested", 3), (RESEND, "email.verification_requested", 1)];
    for (path, kind, sent) in sent {
        let mut replies = Vec::new();
        for email in &addresses {
            replies.push(scene.post(path, json!({"email": email})).await);
        }
        assert_eq!(replies[0].status, 202, "{:?}", replies[0]);
        assert_alike(&replies);
        wait_for_event(&env, kind, sent).await;
    }
    scene.mailbox.settled(&env).await;
    let count = |email: &str, template| scene.mailbox.all(email, template).len();
    let resets: Vec<usize> = addresses.iter().map(|email| count(email, "reset_password")).collect();
    assert_eq!(resets, [0, 1, 0, 1, 1], "unknown, verified, disabled, locked, unverified");
    let verifications: Vec<usize> = addresses.iter().map(|email| count(email, "verify_email")).collect();
    assert_eq!(verifications, [0, 1, 1, 1, 2]);
}

#[apply(on_both_databases)]
async fn a_refused_registration_looks_alike(env: Env) {
    let scene = LinkScene::start(&env, &[REQUIRED]).await;
    let mut addresses = addresses(&env, &scene).await;
    addresses.truncate(2);
    let mut replies = Vec::new();
    for email in addresses {
        replies.push(scene.post(REGISTER, json!({"email": email, "password": "password1"})).await);
    }
    for reply in &mut replies {
        reply.assert_problem(422, "weak_password");
        reply.body["correlation_id"] = json!("");
    }
    assert_alike(&replies);
}
