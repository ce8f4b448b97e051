//! Accounts made for someone: no one chooses another's password.

use macro_rules_attribute::apply;
use serde_json::json;

use super::common::person;
use crate::http::common::Document;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn the_owner_gets_a_link_to_set_a_password(env: Env) {
    let node = env.node(&[("KINDRED_ACCOUNTS__INVITATION_TTL", "3d")]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let email = unique_email();
    let body =
        json!({"email": email.to_uppercase(), "display_name": "Grace", "roles": ["user"], "locale": "en"});
    let made = admin.post(&client, "/api/v1/admin/users", body.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!((&made.body["email"], &made.body["roles"]), (&json!(email), &json!(["user"])));
    assert_eq!((&made.body["has_password"], &made.body["email_verified"]), (&json!(false), &json!(false)));
    assert_eq!(made.body["locale"], "en");
    let mail = node.mailbox().wait_for(&email, "invitation").await;
    assert!(mail.link().contains("/account/reset-password?token="), "{}", mail.link());
    assert!(mail.text.contains("3 days"), "{}", mail.text);
    assert!(!made.body.to_string().contains(&mail.token()) && !node.logs().contains(&mail.token()));
    assert!(!node.logs().contains(&email), "addresses in logs are masked");
    let token =
        "SELECT (expires_at - created_at) / 1000000, email FROM one_time_tokens WHERE user_id IS NOT NULL";
    let tokens = sql(&env, &format!("{token} AND purpose = 'reset_password'"));
    assert_eq!(tokens, format!("{}|{email}", 3 * 86_400));
    client.login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    client.login(&email, "").await.assert_problem(401, "invalid_credentials");

    let again = admin.post(&client, "/api/v1/admin/users", body).await;
    again.assert_problem(409, "email_taken");
    let events = admin.events_about(&client, "account.created", &made.text("/id")).await;
    assert_eq!((events.len(), &events[0]["actor_id"]), (1, &json!(admin.id)));
    assert_eq!(events[0]["detail"], json!({"roles": ["user"]}));
    let mails = node.mailbox();
    mails.settled(&env).await;
    assert_eq!(mails.all(&email, "invitation").len(), 1);
}

#[apply(on_both_databases)]
async fn no_endpoint_takes_another_s_password(env: Env) {
    let node = env.node(&[]).await;
    let document = Document::of(&node.client()).await;
    let operations = document.operations().into_iter().filter(|(path, ..)| path.starts_with("/api/v1/admin"));
    let mut bodies = 0;
    for (path, method, operation) in operations {
        let Some(reference) = operation.pointer("/requestBody/content/application~1json/schema/$ref") else {
            continue;
        };
        let pointer = reference.as_str().expect("a reference").trim_start_matches('#');
        let schema = document.0.pointer(pointer).expect("a schema").to_string();
        assert!(!schema.contains("password"), "{method} {path}: {schema}");
        bodies += 1;
    }
    assert!(bodies >= 3, "{bodies}");
    // Not smuggled in either.
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let body = json!({"email": unique_email(), "password": PASSWORD});
    admin.post(&client, "/api/v1/admin/users", body).await.assert_problem(422, "validation_failed");
}

#[apply(on_both_databases)]
async fn what_is_no_account_is_refused(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    for (body, field) in [
        (json!({"email": "nonsense"}), "email"),
        (json!({"email": "a@example.org\r\nBcc: b@example.org"}), "email"),
        (json!({"email": "a@example.org", "locale": "../../etc"}), "locale"),
        (json!({}), "email"),
        (json!({"email": "a@example.org", "roles": ["owner"]}), "roles[0]"),
    ] {
        let refused = admin.post(&client, "/api/v1/admin/users", body).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.text("/errors/0/field"), field, "{refused:?}");
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
}
