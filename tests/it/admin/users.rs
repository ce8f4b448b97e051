//! Accounts listed, searched and changed.

use std::collections::BTreeSet;

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::{Person, items, person, user_path};
use crate::http::common::members;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, unique_email};
use crate::support::sql::sql;

async fn list(client: &Client, admin: &Person, query: &str) -> Reply {
    admin.get(client, &format!("/api/v1/admin/users?{query}")).await
}

/// The addresses that a query finds, sorted.
async fn found(client: &Client, admin: &Person, query: &str) -> Vec<String> {
    let reply = list(client, admin, query).await;
    assert_eq!(reply.status, 200, "{query}: {reply:?}");
    let mut emails: Vec<String> =
        items(&reply).iter().map(|item| item["email"].as_str().unwrap().to_owned()).collect();
    emails.sort_unstable();
    emails
}

async fn register(client: &Client, email: &str, name: &str) {
    let body = json!({"email": email, "password": PASSWORD, "display_name": name});
    let reply = client.post("/api/v1/auth/register", body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

#[track_caller]
fn assert_names(reply: &Reply, field: &str, code: &str) {
    reply.assert_problem(422, "validation_failed");
    assert_eq!(
        (reply.text("/errors/0/field").as_str(), reply.text("/errors/0/code").as_str()),
        (field, code)
    );
}

#[apply(on_both_databases)]
async fn a_search_is_for_the_text_as_it_stands(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    register(&client, "percent%sign@example.org", "Ärger O'Neil").await;
    register(&client, "under_score@example.org", "100% Cotton").await;
    register(&client, "plain@example.org", "back\\slash").await;
    for (query, expected) in [
        ("q=%25", &["percent%sign@example.org", "under_score@example.org"][..]),
        ("q=under_score", &["under_score@example.org"]),
        ("q=under%25score", &[]),
        ("q=r_s", &["under_score@example.org"]),
        ("q=p_ain", &[]),
        ("q=PLAIN%40Example", &["plain@example.org"]),
        ("q=cotton", &["under_score@example.org"]),
        ("q=%C3%84rger", &["percent%sign@example.org"]),
        ("q=O%27Neil", &["percent%sign@example.org"]),
        ("q=%5C", &["plain@example.org"]),
        ("q=%5C%25", &[]),
        ("q=%27+OR+1%3D1+--", &[]),
        ("q=%27%3B+DROP+TABLE+users%3B+--", &[]),
    ] {
        assert_eq!(found(&client, &admin, query).await, expected, "{query}");
    }
}

#[apply(on_both_databases)]
async fn lists_are_narrowed_by_state(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let emails = ["active", "disabled", "locked", "erasing"].map(|name| format!("{name}@example.org"));
    for email in &emails {
        register(&client, email, "Someone").await;
    }
    sql(&env, "UPDATE users SET status = 'disabled' WHERE email = 'disabled@example.org'");
    sql(&env, "UPDATE users SET erase_at = 1 WHERE email = 'erasing@example.org'");
    sql(&env, "UPDATE users SET email_verified_at = 1 WHERE email <> 'active@example.org'");
    sql(
        &env,
        "UPDATE password_credentials SET locked_at = 1 \
            WHERE user_id = (SELECT id FROM users WHERE email = 'locked@example.org')",
    );
    for (state, expected) in [
        ("disabled", "disabled@example.org"),
        ("locked", "locked@example.org"),
        ("erasing", "erasing@example.org"),
        ("unverified", "active@example.org"),
    ] {
        assert_eq!(found(&client, &admin, &format!("status={state}")).await, [expected]);
    }
    let active = found(&client, &admin, "status=active&q=example.org").await;
    assert_eq!(active, ["active@example.org", "erasing@example.org", "locked@example.org"]);
    assert_names(&list(&client, &admin, "status=banned").await, "status", "invalid");
}

#[apply(on_both_databases)]
async fn pages_show_each_account_once(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    for number in 0..7 {
        register(&client, &format!("page-{number}@example.org"), "Someone").await;
    }
    // Made in the same instant: the id decides.
    sql(&env, "UPDATE users SET created_at = 1000000");
    for limit in [1, 3, 8, 100] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let reply = list(&client, &admin, &format!("limit={limit}{cursor}")).await;
            assert_eq!(members(&reply.body), ["items", "next_cursor"]);
            let page = items(&reply);
            assert!(page.len() <= limit);
            seen.extend(page.into_iter().map(|item| item["id"].to_string()));
            let Some(next) = reply.body["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (8, 8), "limit {limit}");
    }
}

#[apply(on_both_databases)]
async fn invalid_parameters_are_refused(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let long = "A".repeat(2_000);
    let cursors =
        ["nonsense", "%27+OR+1%3D1", "AAAA", "%00", "..%2F..", "_____wAAAAAAAAAAAAAAAAAAAAAAAAAA", &long];
    for list_path in ["users", "invitations", "events"] {
        let get = async |query: &str| admin.get(&client, &format!("/api/v1/admin/{list_path}?{query}")).await;
        for cursor in cursors {
            assert_names(&get(&format!("cursor={cursor}")).await, "cursor", "invalid");
        }
        for limit in ["0", "101", "-1", "9223372036854775808", "18446744073709551616", "1e3", "0x10", "+5+"] {
            assert_names(&get(&format!("limit={limit}")).await, "limit", "invalid");
        }
        assert_names(&get("limit=1&limit=2").await, "limit", "duplicate");
        assert_names(&get("sort=email").await, "sort", "unknown");
        // A cursor that was made up well leads elsewhere, and nowhere new.
        let last = get("cursor=f_________9_____________________").await;
        assert!([200, 422].contains(&last.status), "{last:?}");
    }
    for q in ["q=%00", "q=a%0Ab", "q=%ff%fe", &format!("q={}", "a".repeat(2_000))] {
        assert_names(&list(&client, &admin, q).await, "q", "invalid");
    }
}

#[apply(on_both_databases)]
async fn an_account_shows_all_but_its_secrets(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, target) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    let shown = admin.get(&client, &user_path(&target.id)).await;
    let expected = [
        "created_at",
        "display_name",
        "email",
        "email_verified",
        "erase_at",
        "external_id",
        "has_password",
        "id",
        "known_devices_locked_at",
        "last_seen_at",
        "locale",
        "locked_at",
        "mfa_enrolled",
        "mfa_reset_until",
        "password_must_change",
        "roles",
        "status",
        "updated_at",
    ];
    assert_eq!(members(&shown.body), expected);
    assert_eq!((&shown.body["status"], &shown.body["has_password"]), (&json!("active"), &json!(true)));
    let created = admin.post(&client, "/api/v1/admin/users", json!({"email": unique_email()})).await;
    assert_eq!(created.body["last_seen_at"], Value::Null, "{created:?}");
    let listed = items(&admin.get(&client, "/api/v1/admin/users").await);
    let seen = |id: &str| &listed.iter().find(|item| item["id"] == id).expect("listed")["last_seen_at"];
    assert_eq!(seen(&created.text("/id")), &Value::Null);
    let sessions = items(&admin.get(&client, &format!("{}/sessions", user_path(&target.id))).await);
    assert_eq!(seen(&target.id), &sessions[0]["last_active_at"]);
    assert_eq!(&shown.body["last_seen_at"], seen(&target.id));
    assert!(!shown.body.to_string().contains("argon2"));
}

#[apply(on_both_databases)]
async fn nothing_but_the_profile_can_be_changed(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, target) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    let path = user_path(&target.id);
    let before = admin.get(&client, &path).await.body;
    for member in [
        "password",
        "password_hash",
        "new_password",
        "email_verified",
        "status",
        "id",
        "is_admin",
        "credential_epoch",
        "password_must_change",
        "locale",
        "aal",
    ] {
        let refused = admin.patch(&client, &path, json!({member: "x"})).await;
        assert_names(&refused, member, "unknown");
        let refused =
            admin.post(&client, "/api/v1/admin/users", json!({"email": "a@example.org", "x": 1})).await;
        assert_names(&refused, "x", "unknown");
    }
    for roles in [json!("admin"), json!(["root"]), json!([1]), json!({"admin": true})] {
        admin.patch(&client, &path, json!({"roles": roles})).await.assert_problem(422, "validation_failed");
    }
    assert_eq!(admin.get(&client, &path).await.body, before);
    let changed = admin
        .patch(&client, &path, json!({"display_name": " Gr\u{202e}ace\r\n ", "roles": ["support"]}))
        .await;
    assert_eq!(changed.body["display_name"], "Grace");
    assert_eq!(changed.body["roles"], json!(["user", "support"]));
    // Nothing to change is fine, and no event.
    assert_eq!(admin.patch(&client, &path, json!({})).await.status, 200);
    assert_eq!(
        admin.patch(&client, &path, json!({"display_name": "Grace", "roles": ["support"]})).await.status,
        200
    );
    let cleared = admin.patch(&client, &path, json!({"display_name": null})).await;
    assert_eq!(cleared.body["display_name"], Value::Null);
    assert_eq!(admin.events_about(&client, "account.updated", &target.id).await.len(), 2);
    assert_eq!(admin.events_about(&client, "account.roles_changed", &target.id).await.len(), 1);
}
