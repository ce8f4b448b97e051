//! Sessions end with those at the provider, and with the provider.

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Scene, node};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, Reply, send, unique_email};
use crate::support::eventually::eventually;
use crate::support::fake_provider::Person;
use crate::support::process::Node;
use crate::support::security_events::details;

const PATH: &str = "/api/v1/auth/federation/staff/backchannel-logout";

async fn log_out(client: &Client, token: &str) -> Reply {
    let body = format!("logout_token={token}");
    let request = client.request(Method::POST, PATH);
    send(request.header("Content-Type", "application/x-www-form-urlencoded").body(body)).await
}

#[apply(on_both_databases)]
async fn sessions_end_with_those_at_the_provider(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, email) = (scene.client(), unique_email());
    let at = |sid: &str| Person::at("1", &email).with(json!({ "sid": sid }));
    let (one, two, three) =
        (scene.signed_in(&at("a")).await, scene.signed_in(&at("b")).await, scene.signed_in(&at("b")).await);
    let other = scene.signed_in(&Person::at("2", &unique_email()).with(json!({ "sid": "c" }))).await;
    for wrong in [
        "made-up".to_owned(),
        scene.staff.logout_token(json!({ "sid": "a", "nonce": "n" })),
        scene.staff.logout_token(json!({ "sid": "a", "aud": "another" })),
        scene.staff.logout_token(json!({ "sid": "a", "events": {} })),
        scene.staff.logout_token(json!({})),
        scene.staff.id_token(&at("a"), "n"),
    ] {
        log_out(&client, &wrong).await.assert_problem(400, "invalid_request");
    }
    // Another person's subject beside the session.
    log_out(&client, &scene.staff.logout_token(json!({ "sub": "2", "sid": "a" }))).await.assert_status(204);
    client.verify(&one.access()).await.assert_status(204);
    let token = scene.staff.logout_token(json!({ "sub": "1", "sid": "a" }));
    log_out(&client, &token).await.assert_status(204);
    client.verify(&one.access()).await.assert_problem(401, "session_revoked");
    client.refresh(&one.refresh_token(), None).await.assert_problem(401, "session_revoked");
    client.verify(&two.access()).await.assert_status(204);
    log_out(&client, &token).await.assert_problem(400, "invalid_request");
    // Without a session, all sessions of the person; of fifty deliveries one counts, on PostgreSQL at two nodes.
    let token = scene.staff.logout_token(json!({ "sub": "1" }));
    let second = match env.backend() {
        Backend::Postgres => Some(node(&env, &[&scene.staff.settings("staff")], &[]).await),
        Backend::Sqlite => None,
    };
    let clients = [client.clone(), second.as_ref().map_or_else(|| client.clone(), Node::client)];
    let replies = join_all((0..50).map(|number| log_out(&clients[number % 2], &token))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 204).count(), 1);
    // A node that has not ended them itself hears of it.
    for (client, ended) in clients.iter().flat_map(|client| [(client, &two), (client, &three)]) {
        eventually("the session is revoked", async || {
            (client.verify(&ended.access()).await.code() == "session_revoked").then_some(())
        })
        .await;
    }
    client.verify(&other.access()).await.assert_status(204);
    let told = details(&env, "sessions.ended");
    let ended = |revoked| json!({ "reason": "provider_logout", "revoked": revoked });
    assert_eq!(told, [ended(1), ended(2)]);
}

#[tokio::test]
async fn sessions_of_a_provider_end_when_it_is_taken_out() {
    let env = Env::new(Backend::Sqlite).await;
    let mut scene = Scene::start(&env, &[]).await;
    let email = unique_email();
    let person = Person::at("1", &email);
    let login = scene.signed_in(&person).await;
    let local = scene.client().signed_in().await;
    scene.node.terminate();
    let without = node(&env, &[], &[]).await;
    let client = without.client();
    eventually("the sessions are revoked", async || {
        (client.verify(&login.access()).await.code() == "session_revoked").then_some(())
    })
    .await;
    client.verify(&local.access).await.assert_status(204);
    client.get("/api/v1/auth/federation/staff/start").await.assert_problem(404, "not_found");
    assert_eq!(details(&env, "sessions.ended"), [json!({ "reason": "provider_removed", "revoked": 1 })]);
    let identities = client.call(Method::GET, "/api/v1/me/identities", &local.access, Value::Null).await;
    assert_eq!(identities.body["items"], json!([]));
}
