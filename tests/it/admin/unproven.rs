//! Anyone may have registered an address: until it is proven, its account holds no role above `user`.

use macro_rules_attribute::apply;
use serde_json::json;

use super::common::{person, set_roles, user_path};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::unique_email;
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn roles_are_not_granted_to_an_unproven_address(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let user = client.signed_in().await;
    let id = client.me(&user.access).await.text("/id");
    for roles in [json!(["support"]), json!(["admin"]), json!(["user", "support", "admin"])] {
        let refused =
            admin.patch(&client, &user_path(&id), json!({"roles": roles, "display_name": "Eve"})).await;
        refused.assert_problem(409, "conflict");
        assert!(refused.text("/detail").contains("not proven"), "{refused:?}");
    }
    let output = node.try_run(&["admin", "grant", &user.email]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("not proven"), "{output:?}");
    let held = format!("SELECT roles, display_name FROM users WHERE email = '{}'", user.email);
    assert_eq!(sql(&env, &held), "user|");
    assert!(admin.events_about(&client, "access.denied", &id).await.is_empty(), "it is no want of a right");
    // Roles that are no more than what the account has are.
    assert_eq!(admin.patch(&client, &user_path(&id), json!({"roles": ["user"]})).await.status, 200);
    sql(&env, &format!("UPDATE users SET email_verified_at = 1 WHERE email = '{}'", user.email));
    assert_eq!(admin.patch(&client, &user_path(&id), json!({"roles": ["support"]})).await.status, 200);
    node.run(&["admin", "grant", &user.email]);
    assert_eq!(sql(&env, &held), "user support admin|");
}

#[apply(on_both_databases)]
async fn nor_do_accounts_begin_with_them(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    for role in ["support", "admin"] {
        let body = json!({"email": unique_email(), "roles": [role]});
        admin.post(&client, "/api/v1/admin/users", body).await.assert_problem(409, "conflict");
    }
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "1");
    // An invitation carries them: accepting it proves the address.
    let body = json!({"email": unique_email(), "roles": ["support"]});
    assert_eq!(admin.post(&client, "/api/v1/admin/invitations", body).await.status, 201);
    // The word of the operator who runs the command does as well.
    let email = unique_email();
    node.run(&["admin", "create", "--email", &email]);
    let proven =
        format!("SELECT count(*) FROM users WHERE email = '{email}' AND email_verified_at IS NOT NULL");
    assert_eq!(sql(&env, &proven), "1");
}

#[apply(on_both_databases)]
async fn what_is_held_from_before_can_be_taken_away(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (admin, other) = (person(&env, &client, "user admin").await, person(&env, &client, "user").await);
    set_roles(&env, &other.email, "user admin");
    sql(&env, &format!("UPDATE users SET email_verified_at = NULL WHERE email = '{}'", other.email));
    let path = user_path(&other.id);
    assert_eq!(admin.patch(&client, &path, json!({"roles": ["support"]})).await.status, 200);
    admin.patch(&client, &path, json!({"roles": ["admin"]})).await.assert_problem(409, "conflict");
    assert_eq!(admin.patch(&client, &path, json!({"roles": ["user"]})).await.status, 200);
}
