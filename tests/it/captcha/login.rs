//! Logins beyond the limit of a network go through with an answer, where the settings say so.

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{CHEAP, answer};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::scene::Scene;
use crate::throttle::visitor::{Visitor, limited_and};

const LOGIN: &str = "/api/v1/auth/login";

#[apply(on_both_databases)]
async fn after_the_burst_a_login_needs_an_answer(env: Env) {
    let settings =
        limited_and(&[CHEAP, ("KINDRED_CAPTCHA__LOGIN", "true"), ("KINDRED_THROTTLE__LOGIN_BURST", "3")]);
    let scene = Scene::start(&env, &settings).await;
    let user = scene.client().signed_in().await;
    let visitor = Visitor::new(scene.client(), "192.0.2.7");
    let (evaluated, refused) = visitor.guess_until_refused().await;
    assert_eq!(evaluated, 3);
    refused.assert_problem(403, "captcha_required");

    let body = |token: &str| json!({"email": user.email, "password": PASSWORD, "captcha_token": token});
    visitor.post(LOGIN, body("nonsense")).await.assert_problem(403, "captcha_invalid");
    let other = answer(scene.client(), "register").await;
    visitor.post(LOGIN, body(&other)).await.assert_problem(403, "captcha_invalid");
    let right = answer(scene.client(), "login").await;
    visitor.post(LOGIN, body(&right)).await.assert_status(200);
    visitor.post(LOGIN, body(&right)).await.assert_problem(403, "captcha_invalid");
    scene.server.stop().await;
}
