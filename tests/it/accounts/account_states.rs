//! Links and changes that were begun before the account was disabled, deleted or moved (ASVS 5.0 §6.3.4).

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::scene::{CHANGE, CONFIRM, FORGOT, LinkScene, MOVE, NEW_PASSWORD, RESET, VERIFY};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::family::Family;
use crate::support::security_events::count_events;
use crate::support::sql::sql;

/// A link of each kind of one account, and its session.
struct Begun {
    email: String,
    access: String,
    refresh: String,
    requests: [(&'static str, Value); 3],
}

async fn begin(scene: &LinkScene) -> Begun {
    let (email, new) = (unique_email(), unique_email());
    assert_eq!(scene.client.register(&email, PASSWORD).await.status, 201);
    let family = Family::login(&scene.client, &email).await;
    let (access, refresh) = (family.access().to_owned(), family.live().to_owned());
    let verify = scene.mailbox.wait_for(&email, "verify_email").await.token();
    let moved = scene.move_token(&access, &new, 1).await;
    let reset = scene.reset_token(&email, 1).await;
    let requests = [
        (VERIFY, json!({"token": verify})),
        (CONFIRM, json!({"token": moved})),
        (RESET, json!({"token": reset, "new_password": NEW_PASSWORD})),
    ];
    Begun { email, access, refresh, requests }
}

/// A change of the password that the session asks for.
fn change_of(begun: &Begun) -> Value {
    json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD, "refresh_token": begun.refresh})
}

/// None of the links works, and none has left a trace.
async fn assert_dead(env: &Env, scene: &LinkScene, begun: &Begun) {
    let before = dump(env);
    for (path, body) in &begun.requests {
        scene.post(path, body.clone()).await.assert_problem(401, "token_invalid");
    }
    assert_eq!(dump(env), before);
    for kind in ["email.verified", "email.changed", "password.reset"] {
        assert_eq!(count_events(env, kind), 0, "{kind}");
    }
}

fn dump(env: &Env) -> String {
    let users = sql(
        env,
        "SELECT email, status, credential_epoch, email_verified_at, updated_at FROM users ORDER BY email",
    );
    let passwords = sql(env, "SELECT hash FROM password_credentials ORDER BY hash");
    let tokens = sql(env, "SELECT purpose, used_at, voided_at FROM one_time_tokens ORDER BY purpose");
    format!("{users}\n{passwords}\n{tokens}")
}

#[apply(on_both_databases)]
async fn links_of_a_disabled_account_do_nothing(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let begun = begin(&scene).await;
    sql(&env, "UPDATE users SET status = 'disabled'");
    assert_dead(&env, &scene, &begun).await;
    // Nor does it get new ones, no matter who asks.
    assert_eq!(scene.post(FORGOT, json!({"email": begun.email})).await.status, 202);
    scene.without_link(1).await;
    scene.mailbox.settled(&env).await;
    assert_eq!(scene.mailbox.all(&begun.email, "reset_password").len(), 1);
    for (path, body) in [(CHANGE, change_of(&begun)), (MOVE, json!({"new_email": unique_email()}))] {
        scene.client.post_as(&begun.access, path, body).await.assert_problem(401, "session_revoked");
    }
}

#[apply(on_both_databases)]
async fn a_status_of_a_later_version_is_not_active(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let begun = begin(&scene).await;
    sql(&env, "UPDATE users SET status = 'quarantined'");
    assert_dead(&env, &scene, &begun).await;
}

#[apply(on_both_databases)]
async fn links_of_a_deleted_account_do_nothing(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let begun = begin(&scene).await;
    sql(&env, "DELETE FROM users");
    assert_dead(&env, &scene, &begun).await;
    // Someone else's account at the address is not theirs.
    assert_eq!(scene.client.register(&begun.email, PASSWORD).await.status, 201);
    scene.mailbox.wait_for_nth(&begun.email, "verify_email", 2).await;
    assert_dead(&env, &scene, &begun).await;
    scene
        .client
        .post_as(&begun.access, CHANGE, change_of(&begun))
        .await
        .assert_problem(401, "refresh_token_invalid");
}

#[apply(on_both_databases)]
async fn links_to_a_former_address_do_nothing(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let begun = begin(&scene).await;
    let (verify, reset) = (&begun.requests[0], &begun.requests[2]);
    sql(&env, "UPDATE users SET email = 'moved@example.com'");
    for (path, body) in [verify, reset] {
        scene.post(path, body.clone()).await.assert_problem(401, "token_invalid");
    }
    scene.client.login("moved@example.com", NEW_PASSWORD).await.assert_problem(401, "invalid_credentials");
}

#[apply(on_both_databases)]
async fn a_change_whose_new_address_was_taken_meanwhile_is_a_conflict(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let begun = begin(&scene).await;
    let new = sql(&env, "SELECT email FROM one_time_tokens WHERE purpose = 'change_email'");
    assert_eq!(scene.client.register(&new, PASSWORD).await.status, 201);
    let (path, body) = &begun.requests[1];
    scene.post(path, body.clone()).await.assert_problem(409, "conflict");
    assert_eq!(scene.client.login(&begun.email, PASSWORD).await.status, 200, "it stays where it was");
    scene.mailbox.assert_none(&env, &begun.email, "email_changed").await;
}
