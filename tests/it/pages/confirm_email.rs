//! A change of address is confirmed by the link to the new address.

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{PageScene, Reading, path_of};
use crate::browser::jar::Browser;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};

const CHANGE: &str = "/api/v1/auth/email/change";

/// Someone signed in who has asked for another address.
async fn asked(scene: &PageScene, browser: &mut Browser) -> (String, String, String) {
    let old = browser.signed_in().await;
    let new = unique_email();
    let reply = browser.post(CHANGE, json!({"new_email": new})).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let link = scene.link(&new, "confirm_email_change").await;
    (old, new, link)
}

#[apply(on_both_databases)]
async fn someone_signed_in_confirms_with_one_button(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let mut browser = scene.browser();
    let (old, new, link) = asked(&scene, &mut browser).await;
    assert_eq!(path_of(&link), "/account/confirm-email");
    let page = browser.open(&link).await;
    page.assert(200, "Confirm your new address");
    assert!(!page.has("name=\"word\"") && !page.has(&old) && !page.has(&new), "{}", page.html);
    browser.submit(&page, &[]).await.assert(200, "Your address is changed");
    assert_eq!(scene.client.login(&new, PASSWORD).await.status, 200);
    assert_eq!(scene.client.login(&old, PASSWORD).await.status, 401);
    browser.open(&link).await.assert(200, "Already changed");
}

#[apply(on_both_databases)]
async fn elsewhere_a_word_is_asked_for(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let (old, new, link) = asked(&scene, &mut scene.browser()).await;
    let mut other = scene.browser();
    let page = other.open(&link).await;
    other.submit(&page, &[]).await.assert(422, "Type the word to go on");
    assert_eq!(scene.client.login(&old, PASSWORD).await.status, 200);
    other.submit(&page, &[("word", "yes")]).await.assert(200, "Your address is changed");
    assert_eq!(scene.client.login(&new, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn an_address_that_was_taken_is_told(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let mut browser = scene.browser();
    let (old, new, link) = asked(&scene, &mut browser).await;
    let page = browser.open(&link).await;
    assert_eq!(scene.client.register(&new, PASSWORD).await.status, 201);
    browser.submit(&page, &[]).await.assert(409, "Another account has this address");
    assert_eq!(scene.client.login(&old, PASSWORD).await.status, 200);
}
