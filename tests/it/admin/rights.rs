//! Who may do what: every operation of the document, tried by everyone.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::{Operation, items, login, person, set_roles, user_path};
use crate::http::common::Document;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::send;
use crate::support::sql::sql;

/// What support may do; everything else under `/api/v1/admin` is for administrators.
const FOR_SUPPORT: &[(&str, &str)] = &[
    ("get", "/api/v1/admin/users"),
    ("get", "/api/v1/admin/users/{id}"),
    ("get", "/api/v1/admin/users/{id}/sessions"),
    ("delete", "/api/v1/admin/users/{id}/sessions"),
    ("delete", "/api/v1/admin/users/{id}/sessions/{sid}"),
    ("get", "/api/v1/admin/applications"),
    ("get", "/api/v1/admin/signing-keys"),
    ("get", "/api/v1/admin/invitations"),
    ("get", "/api/v1/admin/events"),
    ("get", "/api/v1/admin/events/counts"),
    ("get", "/api/v1/admin/compliance"),
    ("get", "/api/v1/admin/quotas"),
];

#[apply(on_both_databases)]
async fn each_operation_is_for_whom_it_is_for(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let document = Document::of(&client).await;
    let (admin, support) =
        (person(&env, &client, "user admin").await, person(&env, &client, "user support").await);
    let user = person(&env, &client, "user").await;
    let powerless = person(&env, &client, "").await;
    let mut denied = Vec::new();
    let operations = document.operations().into_iter().filter(|(path, ..)| path.starts_with("/api/v1/admin"));
    let mut operations: Vec<_> = operations.collect();
    // The one that ends the sessions of all who try it is the last.
    operations.sort_by_key(|(path, ..)| path.ends_with("/revoke-all"));
    let mut count = 0;
    for (path, method, _) in operations {
        count += 1;
        let operation = Operation::on_someone(&env, &client, method, path).await;
        let name = format!("{method} {path}");
        // No one in particular, and half a caller. Their bodies are not looked at.
        let bare = client.request(operation.method.clone(), &operation.path);
        send(bare).await.assert_problem(401, "token_missing");
        let invalid = client.request(operation.method.clone(), &operation.path).bearer_auth("nonsense");
        send(invalid).await.assert_problem(401, "token_invalid");
        for caller in [&user, &powerless] {
            operation.by(&client, caller).await.assert_problem(403, "forbidden");
            let without = caller.call(&client, operation.method.clone(), &operation.path, None).await;
            without.assert_problem(403, "forbidden");
        }
        denied.push((method.to_uppercase(), path.to_owned(), operation.target.id.clone()));
        let reply = operation.by(&client, &support).await;
        if FOR_SUPPORT.contains(&(method, path)) {
            assert!([200, 204].contains(&reply.status), "{name}: {reply:?}");
        } else {
            reply.assert_problem(403, "forbidden");
        }
        let reply = operation.by(&client, &admin).await;
        document.assert_has(method, path, reply.status);
        assert!(operation.is_done(&reply), "{name}: {reply:?}");
    }
    assert!(count >= 15, "{count} operations");
    let admin = login(&client, admin.email).await;

    let reply = admin
        .get(&client, &format!("/api/v1/admin/events?kind=access.denied&actor={}&limit=100", user.id))
        .await;
    let events = items(&reply);
    // The first at each route; the one after it is counted.
    assert_eq!(events.len(), count);
    for (method, route, target) in denied {
        let target = if route.contains("{id}") { json!(target) } else { Value::Null };
        let matching = events.iter().filter(|event| {
            event["detail"]["method"] == method
                && event["detail"]["route"] == route
                && event["detail"]["target"] == target
        });
        assert_eq!(matching.count(), 1, "{method} {route}");
    }
}

#[apply(on_both_databases)]
async fn a_lost_role_bites_at_once(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, other) =
        (person(&env, &client, "user admin").await, person(&env, &client, "user admin").await);
    assert_eq!(other.get(&client, "/api/v1/admin/users").await.status, 200);
    let demoted = admin.patch(&client, &user_path(&other.id), json!({"roles": []})).await;
    assert_eq!((demoted.status, &demoted.body["roles"]), (200, &json!(["user"])), "{demoted:?}");
    // The access token still says otherwise, and still works elsewhere.
    other.get(&client, "/api/v1/admin/users").await.assert_problem(403, "forbidden");
    other.act(&client, &admin.id, "disable").await.assert_problem(403, "forbidden");
    assert_eq!(client.verify(&other.access).await.status, 204);
    let granted = admin.patch(&client, &user_path(&other.id), json!({"roles": ["support"]})).await;
    assert_eq!(granted.body["roles"], json!(["user", "support"]));
    assert_eq!(other.get(&client, "/api/v1/admin/users").await.status, 200);
    other.act(&client, &admin.id, "unlock").await.assert_problem(403, "forbidden");
    let changes = admin.events_about(&client, "account.roles_changed", &other.id).await;
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0]["detail"], json!({"from": ["user"], "to": ["user", "support"]}));
    assert_eq!(changes[0]["actor_id"], json!(admin.id));
    set_roles(&env, &other.email, "user");
    other.get(&client, "/api/v1/admin/events").await.assert_problem(403, "forbidden");
}

#[apply(on_both_databases)]
async fn an_account_that_may_not_act_is_no_administrator(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    // Past the server, so that its sessions live on.
    sql(&env, &format!("UPDATE users SET status = 'disabled' WHERE email = '{}'", admin.email));
    admin.get(&client, "/api/v1/admin/users").await.assert_problem(403, "forbidden");
    sql(&env, &format!("UPDATE users SET status = 'active', erase_at = 1 WHERE email = '{}'", admin.email));
    admin.get(&client, "/api/v1/admin/users").await.assert_problem(403, "forbidden");
    sql(&env, &format!("DELETE FROM users WHERE email = '{}'", admin.email));
    admin.get(&client, "/api/v1/admin/users").await.assert_problem(401, "session_revoked");
}

#[apply(on_both_databases)]
async fn no_one_acts_on_themselves_or_upwards(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, second) =
        (person(&env, &client, "user admin").await, person(&env, &client, "user admin").await);
    let (support, colleague) =
        (person(&env, &client, "user support").await, person(&env, &client, "user support").await);
    admin.act(&client, &admin.id, "disable").await.assert_problem(403, "forbidden");
    admin
        .patch(&client, &user_path(&admin.id), json!({"roles": ["support"]}))
        .await
        .assert_problem(403, "forbidden");
    let renamed = admin.patch(&client, &user_path(&admin.id), json!({"display_name": "Ada"})).await;
    assert_eq!((renamed.status, &renamed.body["display_name"]), (200, &json!("Ada")));
    for above in [&admin, &colleague, &support] {
        let path = format!("{}/sessions", user_path(&above.id));
        support.delete(&client, &path).await.assert_problem(403, "forbidden");
        support
            .delete(&client, &format!("{path}/{}", above.session_id))
            .await
            .assert_problem(403, "forbidden");
        assert_eq!(client.verify(&above.access).await.status, 204);
    }
    // Among administrators each may act on the other.
    assert_eq!(admin.act(&client, &second.id, "disable").await.status, 204);
    let denied = admin.events_about(&client, "access.denied", &support.id).await;
    assert_eq!(denied.len(), 3, "one of each person; what is repeated is counted");
    assert_eq!(denied[0]["detail"], json!({"operation": "end_sessions", "target": support.id}));
    assert_eq!(denied[0]["actor_id"], json!(support.id));
}
