//! `POST /api/v1/auth/logout` and `/logout-all`

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::common::shared;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send};

const PATH: &str = "/api/v1/auth/logout";

async fn both(client: &Client, access: &str, refresh: &str) -> Reply {
    let request = client.request(Method::POST, PATH).bearer_auth(access);
    send(request.json(&json!({"refresh_token": refresh}))).await
}

#[apply(on_both_databases)]
async fn the_session_ends_with_all_its_tokens(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let elsewhere = client.login(&user.email, PASSWORD).await;
    for _ in 0..2 {
        let reply = client.logout(&user.access).await;
        assert_eq!((reply.status, &reply.body), (204, &Value::Null), "twice is fine");
    }
    client.verify(&user.access).await.assert_problem(401, "session_revoked");
    client.refresh(&user.refresh, None).await.assert_problem(401, "session_revoked");
    assert_eq!(client.verify(&elsewhere.access()).await.status, 204);
    assert_eq!(client.refresh(&elsewhere.refresh_token(), None).await.status, 200);
}

#[apply(on_both_databases)]
async fn the_refresh_token_is_enough(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    for _ in 0..2 {
        let reply = client.post(PATH, json!({"refresh_token": user.refresh})).await;
        assert_eq!(reply.status, 204, "{reply:?}");
    }
    client.verify(&user.access).await.assert_problem(401, "session_revoked");
    let user = client.signed_in().await;
    assert_eq!(both(&client, "nonsense", &user.refresh).await.status, 204);
    let user = client.signed_in().await;
    assert_eq!(both(&client, &user.access, &user.refresh).await.status, 204);
    assert_eq!(both(&client, &user.access, &user.refresh).await.status, 204);
}

#[apply(on_both_databases)]
async fn everywhere_is_everywhere(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (mine, theirs) = (client.signed_in().await, client.signed_in().await);
    let others = [client.login(&mine.email, PASSWORD).await, client.login(&mine.email, PASSWORD).await];
    let reply = client.logout_all(&mine.access).await;
    assert_eq!((reply.status, &reply.body["revoked"]), (200, &json!(3)), "{reply:?}");
    for (access, refresh) in others
        .iter()
        .map(|login| (login.access(), login.refresh_token()))
        .chain([(mine.access.clone(), mine.refresh.clone())])
    {
        client.verify(&access).await.assert_problem(401, "session_revoked");
        client.refresh(&refresh, None).await.assert_problem(401, "session_revoked");
    }
    client.logout_all(&mine.access).await.assert_problem(401, "session_revoked");
    assert_eq!(client.verify(&theirs.access).await.status, 204);
    assert_eq!(client.login(&mine.email, PASSWORD).await.status, 200, "and in again");
}

#[tokio::test]
async fn tokens_of_two_sessions_are_refused() {
    let shared = shared().await;
    let client = shared.client();
    let (one, two) = (client.signed_in().await, client.signed_in().await);
    both(&client, &one.access, &two.refresh).await.assert_problem(400, "invalid_request");
    for user in [one, two] {
        assert_eq!(client.verify(&user.access).await.status, 204, "neither has ended");
    }
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_revoked() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    send(client.request(Method::POST, PATH)).await.assert_problem(401, "token_missing");
    client.post(PATH, json!({})).await.assert_problem(401, "token_missing");
    client.post(PATH, json!({"refresh_token": null})).await.assert_problem(401, "token_missing");
    client.logout("nonsense").await.assert_problem(401, "token_invalid");
    client.logout_all("nonsense").await.assert_problem(401, "token_invalid");
    let last = user.refresh.len() - 1;
    let flipped = if user.refresh.ends_with('A') { "Q" } else { "A" };
    for invalid in [
        "",
        "nonsense",
        "kr1_",
        &user.refresh[..last],
        &format!("{}{flipped}", &user.refresh[..last]),
        &user.access,
    ] {
        let reply = client.post(PATH, json!({"refresh_token": invalid})).await;
        reply.assert_problem(401, "refresh_token_invalid");
    }
    let swapped = user.refresh.replacen("kr1_", "KR1_", 1);
    client.post(PATH, json!({"refresh_token": swapped})).await.assert_problem(401, "refresh_token_invalid");
    assert_eq!(client.verify(&user.access).await.status, 204);
}
