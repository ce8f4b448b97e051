//! Who must change the password can do that, look who they are, and leave; nothing else.

use macro_rules_attribute::apply;
use serde_json::json;

use crate::http::common::Document;
use crate::support::backend::{Env, on_both_databases};
use crate::support::family::{Family, claims};
use crate::support::sql::sql;

const LIMITED_CLAIM: &str = "https://kindred.dev/claims/password_change_required";
/// What a limited session may do, of all that takes an access token.
const ALLOWED: [(&str, &str); 5] = [
    ("get", "/api/v1/me"),
    ("post", "/api/v1/auth/logout"),
    ("post", "/api/v1/auth/logout-all"),
    ("post", "/api/v1/auth/password/change"),
    // No one needs a token for it.
    ("post", "/api/v1/auth/email/verify"),
];

#[apply(on_both_databases)]
async fn a_limited_session_can_do_nothing_else(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    assert!(claims(family.access()).get(LIMITED_CLAIM).is_none());
    sql(&env, "UPDATE users SET password_must_change = TRUE, roles = 'user admin'");
    // Whether it is limited by a refresh or from its login on.
    family.rotate(&client).await;
    let login = Family::login(&client, &family.email).await;
    let document = Document::of(&client).await;
    let protected = document.protected();
    assert!(protected.contains(&("get", "/api/v1/auth/verify-token")), "{protected:?}");
    assert!(protected.contains(&("post", "/api/v1/auth/step-up")), "{protected:?}");
    for access in [family.access(), login.access()] {
        assert_eq!(claims(access)[LIMITED_CLAIM], true);
        document.assert_limited(&client, access, &ALLOWED, "password_change_required").await;
        let me = client.me(access).await;
        assert_eq!((me.status, &me.body["password_must_change"]), (200, &json!(true)), "{me:?}");
    }
    let refreshed = family.rotate(&client).await;
    assert_eq!(refreshed.body["user"]["password_must_change"], true);
    client.verify(&refreshed.access()).await.assert_problem(403, "password_change_required");
    // As the change leaves it: the next refresh lifts the limit.
    sql(&env, "UPDATE users SET password_must_change = FALSE");
    client.verify(family.access()).await.assert_problem(403, "password_change_required");
    family.rotate(&client).await;
    assert_eq!(client.verify(family.access()).await.status, 204);
    assert_eq!(client.sessions(family.access()).await.status, 200);
}

#[apply(on_both_databases)]
async fn a_limited_session_can_be_left(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let first = Family::open(&client).await;
    sql(&env, "UPDATE users SET password_must_change = TRUE");
    let one = Family::login(&client, &first.email).await;
    assert_eq!(client.logout(one.access()).await.status, 204);
    one.assert_ended(&client).await;
    let other = Family::login(&client, &first.email).await;
    let left = client.logout_all(other.access()).await;
    assert_eq!((left.status, &left.body["revoked"]), (200, &json!(2)), "{left:?}");
    first.assert_ended(&client).await;
}
