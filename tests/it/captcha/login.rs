//! Once failures have used up the burst of a network, logins from it need an answer, in each of their steps.

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{CHEAP, answer};
use crate::passkeys::scene::{Holder, LOGIN_OPTIONS, SERVICE, VERIFY, usual};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::scene::Scene;
use crate::throttle::visitor::{Visitor, limited_and};

const LOGIN: &str = "/api/v1/auth/login";
const SECOND_STEP: &str = "/api/v1/auth/mfa/verify";
const BURST: (&str, &str) = ("KINDRED_THROTTLE__LOGIN_BURST", "3");

/// Someone whose network has used its burst up.
async fn limited(scene: &Scene) -> Visitor {
    let visitor = Visitor::new(scene.client(), "192.0.2.7");
    let (evaluated, refused) = visitor.guess_until_refused().await;
    assert_eq!(evaluated, 3);
    refused.assert_problem(403, "captcha_required");
    visitor
}

#[apply(on_both_databases)]
async fn after_the_burst_a_login_needs_an_answer(env: Env) {
    let scene = Scene::start(&env, &limited_and(&[CHEAP, BURST])).await;
    let user = scene.client().signed_in().await;
    let visitor = limited(&scene).await;

    let body = |token: &str| json!({"email": user.email, "password": PASSWORD, "captcha_token": token});
    for wrong in ["nonsense".to_owned(), answer(scene.client(), "register").await] {
        let refused = visitor.post(LOGIN, body(&wrong)).await;
        refused.assert_problem(403, "captcha_invalid");
        assert_eq!(
            (refused.header("retry-after"), refused.body["retry_after"].as_u64()),
            (Some("2"), Some(2))
        );
    }
    let right = answer(scene.client(), "login").await;
    visitor.post(LOGIN, body(&right)).await.assert_status(200);
    visitor.post(LOGIN, body(&right)).await.assert_problem(403, "captcha_invalid");
    scene.server.stop().await;
}

/// What was begun is not lost by the refusal: the same challenge goes on with an answer.
#[apply(on_both_databases)]
async fn after_the_burst_a_second_factor_needs_an_answer(env: Env) {
    let scene = Scene::start(&env, &limited_and(&[CHEAP, BURST])).await;
    let person = scene.enrolled().await;
    let challenge = person.challenge(scene.client()).await;
    let visitor = limited(&scene).await;
    let step = json!({
        "challenge_token": challenge, "method": "totp", "code": person.app.code_at(scene.seconds()),
    });
    visitor.post(SECOND_STEP, step.clone()).await.assert_problem(403, "captcha_required");
    let mut answered = step;
    answered["captcha_token"] = json!("nonsense");
    visitor.post(SECOND_STEP, answered.clone()).await.assert_problem(403, "captcha_invalid");
    answered["captcha_token"] = json!(answer(scene.client(), "login").await);
    visitor.post(SECOND_STEP, answered).await.assert_status(200);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn after_the_burst_a_passkey_needs_an_answer(env: Env) {
    let scene = Scene::start(&env, &[SERVICE, &limited_and(&[CHEAP, BURST])].concat()).await;
    let holder = Holder::new(scene.client()).await;
    let visitor = limited(&scene).await;
    let begun = visitor.post(LOGIN_OPTIONS, json!({})).await;
    begun.assert_status(200);
    let credential = holder.passkey.get(&begun.body["options"], &usual());
    let mut login = json!({"ceremony": begun.body["ceremony"], "credential": credential});
    visitor.post(VERIFY, login.clone()).await.assert_problem(403, "captcha_required");
    login["captcha_token"] = json!(answer(scene.client(), "login").await);
    visitor.post(VERIFY, login).await.assert_status(200);
    scene.server.stop().await;
}
