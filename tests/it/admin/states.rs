//! Disabled, enabled, unlocked, made to change the password.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::{login, person, user_path};
use crate::privacy::rows::Rows;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::sql::sql;

const UNKNOWN: &str = "01919191-9191-7919-9919-919191919191";

#[apply(on_both_databases)]
async fn a_disabled_account_can_nothing_from_then_on(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, target) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    let second = login(&client, target.email.clone()).await;
    let bystander = person(&env, &client, "user").await;
    let disable = format!("{}/disable", user_path(&target.id));
    let stated = |reason: &str| json!({"reason": reason});
    let wrong = admin.post(&client, &disable, stated(&"x".repeat(301))).await;
    wrong.assert_problem(422, "validation_failed");
    let unknown = admin.post(&client, &disable, json!({"because": "x"})).await;
    unknown.assert_problem(422, "validation_failed");
    for reason in ["reported stolen,\nticket 4711", "again"] {
        let reply = admin.post(&client, &disable, stated(reason)).await;
        assert_eq!((reply.status, &reply.body), (204, &Value::Null));
    }
    // What was under way before is refused as well: access tokens, refresh tokens, the list, logins.
    for session in [&target, &second] {
        client.verify(&session.access).await.assert_problem(401, "session_revoked");
        client.me(&session.access).await.assert_problem(401, "session_revoked");
        client.sessions(&session.access).await.assert_problem(401, "session_revoked");
        client.refresh(&session.refresh, None).await.assert_problem(401, "session_revoked");
    }
    client.login(&target.email, PASSWORD).await.assert_problem(403, "account_not_active");
    client.login(&target.email, "wrong password").await.assert_problem(401, "invalid_credentials");
    assert_eq!(client.verify(&bystander.access).await.status, 204);
    let events = admin.events_about(&client, "account.disabled", &target.id).await;
    assert_eq!(events.len(), 1, "the second time changed nothing");
    assert_eq!(events[0]["actor_id"], json!(admin.id));
    assert_eq!(events[0]["detail"], json!({"stated_reason": "reported stolen, ticket 4711"}));

    for _ in 0..2 {
        assert_eq!(admin.act(&client, &target.id, "enable").await.status, 204);
    }
    assert_eq!(admin.events_about(&client, "account.enabled", &target.id).await.len(), 1);
    client.refresh(&target.refresh, None).await.assert_problem(401, "session_revoked");
    assert_eq!(client.login(&target.email, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_disabled_account_s_links_are_void(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let invited = admin.post(&client, "/api/v1/admin/users", json!({"email": unique_email()})).await;
    let open = "SELECT count(*) FROM one_time_tokens WHERE user_id IS NOT NULL AND purpose = 'reset_password' \
            AND used_at IS NULL AND voided_at IS NULL";
    assert_eq!(sql(&env, open), "1");
    assert_eq!(admin.act(&client, &invited.text("/id"), "disable").await.status, 204);
    assert_eq!(sql(&env, open), "0");
}

#[apply(on_both_databases)]
async fn a_lock_is_lifted(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, target) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    let row = "SELECT failures, locked_at, known_failures, known_locked_at FROM password_credentials \
            WHERE failures > 0 OR locked_at IS NOT NULL OR known_failures > 0 OR known_locked_at IS NOT NULL";
    let id = Rows(&env).id(&target.id);
    Rows(&env).device_attempts(2, &id, 1);
    sql(
        &env,
        "UPDATE password_credentials \
            SET failures = 50, locked_at = 1, known_failures = 40, known_locked_at = 2000000 \
            WHERE user_id IN (SELECT id FROM users WHERE roles = 'user')",
    );
    assert_eq!(sql(&env, row), "50|1|40|2000000");
    let shown = admin.get(&client, &user_path(&target.id)).await;
    assert_eq!(shown.body["locked_at"], "1970-01-01T00:00:00Z");
    assert_eq!(shown.body["known_devices_locked_at"], "1970-01-01T00:00:02Z");
    for _ in 0..2 {
        assert_eq!(admin.act(&client, &target.id, "unlock").await.status, 204);
    }
    assert_eq!(sql(&env, row), "");
    assert_eq!(sql(&env, "SELECT count(*) FROM device_attempts"), "0");
    assert_eq!(admin.events_about(&client, "account.unlocked", &target.id).await.len(), 1);
    assert_eq!(client.verify(&target.access).await.status, 204, "its sessions live on");
}

#[apply(on_both_databases)]
async fn a_password_must_be_changed(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, target) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    assert_eq!(admin.act(&client, &target.id, "require-password-change").await.status, 204);
    client.verify(&target.access).await.assert_problem(401, "session_revoked");
    client.refresh(&target.refresh, None).await.assert_problem(401, "session_revoked");
    let limited = client.login(&target.email, PASSWORD).await;
    assert_eq!(limited.body["user"]["password_must_change"], true, "{limited:?}");
    client.sessions(&limited.access()).await.assert_problem(403, "password_change_required");
    let events = admin.events_about(&client, "password.change_required", &target.id).await;
    assert_eq!((events.len(), &events[0]["actor_id"]), (1, &json!(admin.id)));
    // An administrator who must change the password is none until then.
    set_must_change(&env, &admin.email);
    let limited = login(&client, admin.email.clone()).await;
    limited.get(&client, "/api/v1/admin/users").await.assert_problem(403, "password_change_required");
}

#[apply(on_both_databases)]
async fn who_is_not_there_is_not_found(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    for id in [UNKNOWN, "nonsense", "%00", "%ff", "..%2f.."] {
        for action in ["disable", "enable", "unlock", "require-password-change", "reset-mfa"] {
            admin.act(&client, id, action).await.assert_problem(404, "not_found");
        }
        admin.get(&client, &user_path(id)).await.assert_problem(404, "not_found");
        admin.patch(&client, &user_path(id), json!({})).await.assert_problem(404, "not_found");
    }
}

fn set_must_change(env: &Env, email: &str) {
    sql(env, &format!("UPDATE users SET password_must_change = TRUE WHERE email = '{email}'"));
}
