//! Invitations accepted, and what else is tried with them.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::scene::{LinkScene, REGISTER, REQUIRED, invite};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply};
use crate::support::security_events::count_events;
use crate::support::sql::sql;

const INVITE: (&str, &str) = ("KINDRED_ACCOUNTS__REGISTRATION", "invite");
const GRACE: &str = "grace@example.com";
const NEVER: i64 = i64::MAX;

async fn accept(scene: &LinkScene, email: &str, token: &str) -> Reply {
    let body = json!({"email": email, "password": PASSWORD, "invitation_token": token});
    scene.post(REGISTER, body).await
}

#[apply(on_both_databases)]
async fn an_invitation_makes_one_account_with_its_roles(env: Env) {
    let scene = LinkScene::start(&env, &[INVITE, REQUIRED]).await;
    let token = invite(&env, GRACE, "user support", NEVER);
    let reply = accept(&scene, " GRACE@Example.com", &token).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.body["user"]["roles"], json!(["user", "support"]));
    let accepted = "SELECT count(*) FROM invitations JOIN users ON users.id = accepted_by \
                        WHERE accepted_at IS NOT NULL";
    assert_eq!(sql(&env, accepted), "1");
    assert_eq!(count_events(&env, "invitation.accepted"), 1);
    // The link came by mail, so the address is verified.
    let login = scene.client.login(GRACE, PASSWORD).await;
    assert_eq!(scene.client.me(&login.access()).await.body["email_verified"], true);
    scene.mailbox.assert_none(&env, GRACE, "verify_email").await;
    accept(&scene, GRACE, &token).await.assert_problem(403, "forbidden");
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
}

#[apply(on_both_databases)]
async fn without_a_good_one_all_answers_are_one(env: Env) {
    let scene = LinkScene::start(&env, &[INVITE]).await;
    assert_eq!(
        accept(&scene, "ada@example.com", &invite(&env, "ada@example.com", "user", NEVER)).await.status,
        201
    );
    let (expired, revoked) =
        (invite(&env, "e@example.com", "user", 5), invite(&env, "r@example.com", "user", NEVER));
    sql(&env, "UPDATE invitations SET revoked_at = 5 WHERE email = 'r@example.com'");
    for (email, token) in [
        ("e@example.com", json!(expired)),
        ("r@example.com", json!(revoked)),
        ("ada@example.com", json!("x")),
        ("new@example.com", json!("x")),
        ("no address", json!("x")),
    ] {
        let body = json!({"email": email, "password": "weak", "invitation_token": token});
        let reply = scene.post(REGISTER, body).await;
        reply.assert_problem(403, "forbidden");
        assert_eq!(reply.text("/detail"), "The invitation is not valid, or not for this address.");
    }
    for email in ["ada@example.com", "new@example.com", "no address"] {
        for token in [Value::Null, json!("")] {
            let body = json!({"email": email, "password": "weak", "invitation_token": token});
            scene.post(REGISTER, body).await.assert_problem(403, "forbidden");
        }
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
}

#[apply(on_both_databases)]
async fn it_is_for_its_address_only(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let token = invite(&env, GRACE, "admin", NEVER);
    accept(&scene, "eve@example.com", &token).await.assert_problem(403, "forbidden");
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "0");
    // Where registration is open, who has none registers without, and who has one gets its roles.
    assert_eq!(
        scene.client.register("eve@example.com", PASSWORD).await.body["user"]["roles"],
        json!(["user"])
    );
    assert_eq!(accept(&scene, GRACE, &token).await.body["user"]["roles"], json!(["admin"]));
}

#[apply(on_both_databases)]
async fn where_registration_is_closed_it_opens_nothing(env: Env) {
    let scene = LinkScene::start(&env, &[("KINDRED_ACCOUNTS__REGISTRATION", "closed")]).await;
    let token = invite(&env, GRACE, "user", NEVER);
    accept(&scene, GRACE, &token).await.assert_problem(403, "forbidden");
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "0");
    assert_eq!(sql(&env, "SELECT count(*) FROM one_time_tokens WHERE used_at IS NULL"), "1");
}

#[apply(on_both_databases)]
async fn twenty_at_once_accept_it_once(env: Env) {
    let scene = LinkScene::start(&env, &[INVITE, REQUIRED]).await;
    let token = invite(&env, GRACE, "user", NEVER);
    let attempts = (0..20).map(|_| {
        let (client, token) = (scene.client.clone(), token.clone());
        let body = json!({"email": GRACE, "password": PASSWORD, "invitation_token": token});
        tokio::spawn(async move { client.post(REGISTER, body).await.status })
    });
    let mut created = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        let status = attempt.await.expect("an answer");
        // Who finds the account there already has lost the race later.
        assert!([201, 202, 403].contains(&status), "{status}");
        created += usize::from(status == 201);
    }
    assert_eq!(created, 1);
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
    assert_eq!(count_events(&env, "invitation.accepted"), 1);
}

#[apply(on_both_databases)]
async fn a_refused_password_spends_nothing(env: Env) {
    let scene = LinkScene::start(&env, &[INVITE]).await;
    let token = invite(&env, GRACE, "user", NEVER);
    let body = json!({"email": GRACE, "password": "password1", "invitation_token": token});
    scene.post(REGISTER, body).await.assert_problem(422, "weak_password");
    assert_eq!(accept(&scene, GRACE, &token).await.status, 201);
}
