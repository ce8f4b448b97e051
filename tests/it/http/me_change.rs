//! `PATCH /api/v1/me`

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::common::{prove_addresses, shared};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, Reply, send};
use crate::support::sql::sql;

async fn patch(client: &Client, access: &str, body: Value) -> Reply {
    send(client.request(Method::PATCH, "/api/v1/me").bearer_auth(access).json(&body)).await
}

#[apply(on_both_databases)]
async fn what_is_named_changes_and_the_rest_stays(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    for (body, name, locale) in [
        (json!({"display_name": " Ada\u{202e} L. ", "locale": "PT-BR"}), json!("Ada L."), json!("pt-BR")),
        (json!({}), json!("Ada L."), json!("pt-BR")),
        (json!({"display_name": "Ada L."}), json!("Ada L."), json!("pt-BR")),
        (json!({"locale": null}), json!("Ada L."), Value::Null),
        (json!({"display_name": "\u{7}"}), Value::Null, Value::Null),
        (json!({"display_name": "Ada", "locale": "de"}), json!("Ada"), json!("de")),
        (json!({"display_name": null}), Value::Null, json!("de")),
    ] {
        let reply = patch(&client, &user.access, body.clone()).await;
        assert_eq!(reply.status, 200, "{body}: {reply:?}");
        assert_eq!(reply.body["display_name"], name, "{body}");
        assert_eq!(reply.body["locale"], locale, "{body}");
        assert_eq!(client.me(&user.access).await.body, reply.body);
    }
    let stranger = client.me(&other.access).await.body;
    assert_eq!((&stranger["display_name"], &stranger["locale"]), (&Value::Null, &Value::Null));
    // What changed nothing is no event, and an event names what has changed, not to what.
    let details = sql(&env, "SELECT detail FROM security_events WHERE kind = 'account.updated' ORDER BY id");
    let details: Vec<Value> = details.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let changed: Vec<&Value> = details.iter().map(|detail| &detail["changed"]).collect();
    let [both, name, locale] =
        [json!(["display_name", "locale"]), json!(["display_name"]), json!(["locale"])];
    assert_eq!(changed, [&both, &locale, &name, &both, &name]);
    let own = "SELECT count(*) FROM security_events WHERE kind = 'account.updated' AND user_id = actor_id";
    assert_eq!(sql(&env, own), "5");
}

/// RFC 5892 §A.1 and §A.2, and sequences of emoji.
#[apply(on_both_databases)]
async fn a_name_keeps_the_joiners_that_belong_to_it(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    for (typed, kept) in [
        ("علی\u{200c}رضا", "علی\u{200c}رضا"),
        ("അനിവര\u{d4d}\u{200d}", "അനിവര\u{d4d}\u{200d}"),
        ("Ada \u{1f469}\u{200d}\u{1f467}", "Ada \u{1f469}\u{200d}\u{1f467}"),
        ("A\u{200d}d\u{200c}a\u{202e}\u{200b}", "Ada"),
    ] {
        let reply =
            client.call(Method::PATCH, "/api/v1/me", &user.access, json!({"display_name": typed})).await;
        assert_eq!(reply.body["display_name"], kept, "{typed:?}");
    }
}

#[apply(on_both_databases)]
async fn a_mail_calls_people_by_their_names(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    prove_addresses(&env);
    let typed = json!({"display_name": "\u{202e}علی\u{200c}رضا"});
    assert_eq!(patch(&client, &user.access, typed).await.status, 200);
    let asked = client.post("/api/v1/auth/password/forgot", json!({"email": user.email})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let mail = node.mailbox().wait_for(&user.email, "reset_password").await;
    assert!(mail.text.contains("علی\u{200c}رضا"), "{}", mail.text);
    assert!(!mail.text.contains('\u{202e}'), "{}", mail.text);
}

#[apply(on_both_databases)]
async fn a_pending_erasure_is_shown(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    assert!(client.me(&user.access).await.body.get("erase_at").is_none());
    sql(&env, "UPDATE users SET erase_at = 4000000000000000");
    assert_eq!(client.me(&user.access).await.text("/erase_at"), "2096-10-02T07:06:40Z");
}

#[tokio::test]
async fn nothing_else_can_be_changed() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    for (body, field) in [
        (json!({"locale": "german"}), "locale"),
        (json!({"locale": ""}), "locale"),
        (json!({"locale": 1}), "locale"),
        (json!({"display_name": ["Ada"]}), "display_name"),
        (json!({"roles": ["admin"]}), "roles"),
        (json!({"email": "x@example.com"}), "email"),
        (json!({"email_verified": true}), "email_verified"),
        (json!({"password_must_change": false}), "password_must_change"),
        (json!({"erase_at": null}), "erase_at"),
        (json!({"id": user.session_id}), "id"),
    ] {
        let refused = patch(&client, &user.access, body).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.text("/errors/0/field"), field);
    }
    let long = patch(&client, &user.access, json!({"display_name": "x".repeat(5_000)})).await;
    assert_eq!(long.text("/display_name").len(), 120);
    let anonymous = send(client.request(Method::PATCH, "/api/v1/me").json(&json!({}))).await;
    anonymous.assert_problem(401, "token_missing");
}
