//! Only what an endpoint knows can be written (ASVS 5.0 §15.3.3).

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::scene::{CHANGE, CONFIRM, FORGOT, LinkScene, MOVE, NEW_PASSWORD, REGISTER, RESEND, RESET, VERIFY};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::family::Family;
use crate::support::sql::sql;

const FOREIGN: &[&str] = &[
    "role",
    "roles",
    "is_admin",
    "email_verified",
    "id",
    "user_id",
    "aal",
    "status",
    "credential_epoch",
    "password_must_change",
    "password_hash",
    "erase_at",
    "session_id",
    "purpose",
    "expires_at",
    "host",
    "public_url",
];

#[apply(on_both_databases)]
async fn foreign_members_are_refused_and_nothing_happens(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    let family = Family::open(&scene.client).await;
    scene.mailbox.wait_for(&family.email, "verify_email").await;
    let reset = scene.reset_token(&family.email, 1).await;
    let bodies: [(&str, Value); 8] = [
        (REGISTER, json!({"email": unique_email(), "password": PASSWORD})),
        (VERIFY, json!({"token": "x"})),
        (RESEND, json!({"email": family.email})),
        (FORGOT, json!({"email": family.email})),
        (RESET, json!({"token": reset, "new_password": NEW_PASSWORD})),
        (
            CHANGE,
            json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD, "refresh_token": family.live()}),
        ),
        (MOVE, json!({"new_email": unique_email()})),
        (CONFIRM, json!({"token": "x"})),
    ];
    let state = "SELECT (SELECT count(*) FROM security_events), (SELECT count(*) FROM outbox), \
                     (SELECT count(*) FROM users), (SELECT count(*) FROM one_time_tokens WHERE used_at IS NULL)";
    let before = sql(&env, state);
    for (path, body) in &bodies {
        for member in FOREIGN {
            let mut body = body.clone();
            body[*member] = json!("admin");
            let reply = scene.client.post_as(family.access(), path, body).await;
            reply.assert_problem(422, "validation_failed");
            assert_eq!(
                (reply.text("/errors/0/field").as_str(), reply.text("/errors/0/code").as_str()),
                (*member, "unknown"),
                "{path}"
            );
        }
    }
    assert_eq!(sql(&env, state), before);
}
