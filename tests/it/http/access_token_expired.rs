//! An access token that is genuine, but of yesterday.
//!
//! Its times follow from the rotation's. So the rotation is moved into the past, and a retry of the
//! refresh computes the token that it would have been.

use reqwest::Method;
use serde_json::json;

use crate::support::backend::{Backend, Env};
use crate::support::client::{SignedIn, send};
use crate::support::process::Node;
use crate::support::sql::sql;

const KEY: &str = "an-idempotency-key";
pub const SHORT: &[(&str, &str)] = &[("KINDRED_TOKENS__ACCESS_TTL", "1s")];

/// A user on a new node with [`SHORT`] tokens: their access token expired minutes ago, their refresh token is live.
pub async fn expired(env: &Env) -> (Node, SignedIn) {
    let mut node = env.node(SHORT).await;
    let mut client = node.client();
    let user = client.signed_in().await;
    assert_eq!(client.refresh(&user.refresh, Some(KEY)).await.status, 200);
    node.kill_9();
    // The time of the refresh and that of the login before it.
    let earlier =
        ["rotated_at", "auth_time", "access_expires_at"].map(|time| format!("{time} = {time} - 300000000"));
    sql(env, &format!("UPDATE session_families SET {}", earlier.join(", ")));
    node.restart();
    client = node.client();
    let retried = client.refresh(&user.refresh, Some(KEY)).await;
    assert_eq!(retried.status, 200, "{retried:?}");
    let user = SignedIn { access: retried.access(), refresh: retried.refresh_token(), ..user };
    (node, user)
}

#[tokio::test]
async fn it_opens_nothing() {
    let env = Env::new(Backend::Sqlite).await;
    let (node, user) = expired(&env).await;
    let client = node.client();
    for reply in [
        client.verify(&user.access).await,
        client.me(&user.access).await,
        client.sessions(&user.access).await,
        client.delete_other_sessions(&user.access).await,
        client.delete_session(&user.access, &user.session_id).await,
        client.logout(&user.access).await,
        client.logout_all(&user.access).await,
    ] {
        reply.assert_problem(401, "token_expired");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    }
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200, "the session lives on");
}

#[tokio::test]
async fn with_its_refresh_token_it_logs_out() {
    let env = Env::new(Backend::Sqlite).await;
    let (node, user) = expired(&env).await;
    let client = node.client();
    let request = client.request(Method::POST, "/api/v1/auth/logout").bearer_auth(&user.access);
    let reply = send(request.json(&json!({"refresh_token": user.refresh}))).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    client.refresh(&user.refresh, None).await.assert_problem(401, "session_revoked");
}
