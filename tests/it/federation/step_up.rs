//! People without a password authenticate again at their provider.

use serde_json::{Value, json};

use super::scene::{CHALLENGE, Scene, VERIFIER, begin, code_of, come_back, parameters};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Reply, send, unique_email};
use crate::support::fake_provider::Person;
use crate::support::sql::sql;

/// Goes to the provider again, for the application.
pub async fn again(scene: &Scene, person: &Person) -> String {
    let mut browser = scene.browser();
    let query = format!("purpose=step_up&return_to=/&code_challenge={CHALLENGE}");
    let authorize = begin(&mut browser, "staff", &query).await;
    let told = parameters(&authorize);
    assert_eq!((told["prompt"].as_str(), told["max_age"].as_str()), ("login", "0"));
    code_of(&come_back(&mut browser, &scene.staff.log_in(&authorize, person)).await)
}

async fn step_up(scene: &Scene, login: &Reply, code: &str) -> Reply {
    let body = json!({
        "method": "federation", "code": code, "code_verifier": VERIFIER, "refresh_token": login.refresh_token(),
    });
    let request = scene.client().request(reqwest::Method::POST, "/api/v1/auth/step-up");
    send(request.bearer_auth(login.access()).json(&body)).await
}

#[tokio::test]
async fn a_fresh_login_with_the_same_identity_counts() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let (client, email) = (scene.client(), unique_email());
    let ada = Person::at("1", &email);
    let login = scene.signed_in(&ada).await;
    sql(&env, "UPDATE session_families SET auth_time = auth_time - 3600000000");
    let old = client.refresh(&login.refresh_token(), None).await;
    let refused = client.call(reqwest::Method::GET, "/api/v1/me/export", &old.access(), Value::Null).await;
    refused.assert_problem(403, "step_up_required");
    assert_eq!(refused.body["methods"], json!(["federation"]));
    // Someone else there, a login that was not asked to be fresh, one that was not, and a code for something else.
    let mallory = again(&scene, &Person::at("2", &unique_email()).fresh()).await;
    step_up(&scene, &old, &mallory).await.assert_problem(401, "federation_failed");
    for person in [ada.clone(), ada.clone().with(json!({ "auth_time": 1 }))] {
        let stale = again(&scene, &person).await;
        step_up(&scene, &old, &stale).await.assert_problem(401, "federation_failed");
    }
    let mut browser = scene.browser();
    let authorize = begin(&mut browser, "staff", &format!("return_to=/&code_challenge={CHALLENGE}")).await;
    let for_login = come_back(&mut browser, &scene.staff.log_in(&authorize, &ada.clone().fresh())).await;
    step_up(&scene, &old, &code_of(&for_login)).await.assert_problem(401, "federation_failed");
    let code = again(&scene, &ada.clone().fresh()).await;
    let renewed = step_up(&scene, &old, &code).await;
    renewed.assert_status(200);
    assert_eq!(renewed.session_id(), login.session_id());
    let export = client.call(reqwest::Method::GET, "/api/v1/me/export", &renewed.access(), Value::Null).await;
    export.assert_status(200);
    assert_eq!(export.body["identities"][0]["subject"], "1");
    step_up(&scene, &renewed, &code).await.assert_problem(401, "federation_failed");
}
