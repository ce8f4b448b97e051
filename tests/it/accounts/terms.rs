//! Consent to the terms, by their version.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::scene::{LinkScene, REGISTER};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply};
use crate::support::security_events::count_events;
use crate::support::sql::sql;

const TERMS: (&str, &str) = ("KINDRED_ACCOUNTS__TERMS_VERSION", "2026-11");
const CONSENTS: &str = "SELECT document, version, network FROM consents";

async fn register(scene: &LinkScene, accepted: Value) -> Reply {
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "accepted_terms": accepted});
    scene.post(REGISTER, body).await
}

fn nothing_is_written(env: &Env) {
    let counts = "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM consents) + \
                  (SELECT count(*) FROM outbox)";
    assert_eq!(sql(env, counts), "0");
}

#[apply(on_both_databases)]
async fn terms_in_force_must_be_accepted(env: Env) {
    let scene = LinkScene::start(&env, &[TERMS]).await;
    for wrong in [Value::Null, json!(""), json!("2025-01"), json!("2026-11 "), json!("yes")] {
        let reply = register(&scene, wrong).await;
        reply.assert_problem(422, "validation_failed");
        assert_eq!(reply.text("/errors/0/field"), "accepted_terms");
        assert_eq!(reply.text("/errors/0/code"), "must_accept");
    }
    nothing_is_written(&env);
    assert_eq!(register(&scene, json!("2026-11")).await.status, 201);
    assert_eq!(sql(&env, CONSENTS), "terms|2026-11|127.0.0.0/24");
    assert_eq!(count_events(&env, "consent.given"), 1);
}

#[apply(on_both_databases)]
async fn where_none_are_in_force_what_is_given_is_kept(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    for wrong in ["", "a\u{202e}b", "a\0b", " x", &"v".repeat(65)] {
        let reply = register(&scene, json!(wrong)).await;
        reply.assert_problem(422, "validation_failed");
        assert_eq!(reply.text("/errors/0/field"), "accepted_terms", "{wrong:?}");
    }
    nothing_is_written(&env);
    assert_eq!(register(&scene, json!("v".repeat(64))).await.status, 201);
    assert_eq!(sql(&env, CONSENTS), format!("terms|{}|127.0.0.0/24", "v".repeat(64)));
}

#[apply(on_both_databases)]
async fn who_says_nothing_has_consented_to_nothing(env: Env) {
    let scene = LinkScene::start(&env, &[]).await;
    assert_eq!(register(&scene, Value::Null).await.status, 201);
    assert_eq!(sql(&env, CONSENTS), "");
    assert_eq!(count_events(&env, "consent.given"), 0);
}
