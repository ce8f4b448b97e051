//! ID tokens that an application on a device has got by itself.

use serde_json::json;

use super::scene::Scene;
use crate::support::backend::{Backend, Env};
use crate::support::client::{Reply, unique_email};
use crate::support::fake_provider::Person;

const PATH: &str = "/api/v1/auth/federation/staff";

async fn nonce(scene: &Scene) -> String {
    let reply = scene.client().post(&format!("{PATH}/nonce"), json!({})).await;
    reply.assert_status(200);
    reply.text("/nonce")
}

async fn present(scene: &Scene, id_token: &str, nonce: &str) -> Reply {
    scene.client().post(&format!("{PATH}/token"), json!({ "id_token": id_token, "nonce": nonce })).await
}

#[tokio::test]
async fn an_id_token_counts_once_with_a_nonce_of_ours() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let (ada, own) = (Person::at("1", &unique_email()), nonce(&scene).await);
    let token = scene.staff.id_token(&ada, &own);
    // A nonce of someone else's, one that was made up, and a token of another application.
    present(&scene, &token, &nonce(&scene).await).await.assert_problem(401, "federation_failed");
    let made_up = scene.staff.id_token(&ada, "made-up");
    present(&scene, &made_up, "made-up").await.assert_problem(401, "federation_failed");
    let foreign = scene.staff.id_token(&ada.clone().with(json!({ "aud": "another" })), &own);
    present(&scene, &foreign, &own).await.assert_problem(401, "federation_failed");
    let login = present(&scene, &token, &own).await;
    login.assert_status(200);
    assert_eq!(login.body["session"]["amr"], json!(["fed"]));
    present(&scene, &token, &own).await.assert_problem(401, "federation_failed");
    // The same person in a browser.
    assert_eq!(scene.signed_in(&ada).await.text("/user/id"), login.text("/user/id"));
    let own = nonce(&scene).await;
    let without = scene.staff.id_token(&Person::new("2"), &own);
    present(&scene, &without, &own).await.assert_problem(409, "federation_email_missing");
    let unknown = scene.client().post("/api/v1/auth/federation/unknown/nonce", json!({})).await;
    unknown.assert_problem(404, "not_found");
}
