//! `GET /api/v1/me`

use macro_rules_attribute::apply;
use serde_json::json;

use super::common::{members, shared};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn the_account_as_its_user_sees_it(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "display_name": "  Ada L.  "});
    let registered = client.post("/api/v1/auth/register", body).await;
    let access = client.login("ada@example.com", PASSWORD).await.access();
    let reply = client.me(&access).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let expected = [
        "avatar_url",
        "created_at",
        "display_name",
        "email",
        "email_verified",
        "has_password",
        "id",
        "locale",
        "password_must_change",
        "roles",
    ];
    assert_eq!(members(&reply.body), expected);
    for member in ["id", "email", "roles", "created_at"] {
        assert_eq!(reply.body[member], registered.body["user"][member], "{member}");
    }
    assert_eq!(reply.body["display_name"], "Ada L.");
    assert_eq!(reply.body["email_verified"], false);
    assert_eq!(reply.body["has_password"], true);

    sql(&env, "DELETE FROM users WHERE email = 'ada@example.com'");
    client.me(&access).await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn no_one_else_sees_it() {
    let shared = shared().await;
    let client = shared.client();
    client.get("/api/v1/me").await.assert_problem(401, "token_missing");
    client.me("nonsense").await.assert_problem(401, "token_invalid");
    let user = client.signed_in().await;
    assert_eq!(client.logout(&user.access).await.status, 204);
    client.me(&user.access).await.assert_problem(401, "session_revoked");
}
