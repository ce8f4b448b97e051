//! A registration is finished by the link in its mail.

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{NEW_PASSWORD, PageScene, REQUIRED, Reading, path_of};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::security_events::count_events;
use crate::support::sql::sql;

const EMAIL: &str = "ada@example.com";
const PATH: &str = "/account/verify-email";

#[apply(on_both_databases)]
async fn in_the_browser_that_registered_one_button_is_enough(env: Env) {
    let scene = PageScene::start(&env, &[REQUIRED]).await;
    let mut browser = scene.browser();
    browser.fetch_csrf().await;
    let body = json!({"email": EMAIL, "password": PASSWORD, "transport": "cookie"});
    assert_eq!(browser.post("/api/v1/auth/register", body).await.status, 202);
    let link = scene.link(EMAIL, "verify_email").await;
    assert_eq!(path_of(&link), PATH);
    let page = browser.open(&link).await;
    page.assert(200, "Confirm your address");
    assert!(page.has("a•••@e•••.com") && !page.has("type=\"password\""), "{}", page.html);
    // Another host of the site has set a secret of its own, so that none can be told to be the browser's.
    let mut planted = browser.clone();
    planted.plant("kindred_reg_v1", "kp1_planted");
    let asked = planted.page(PATH).await;
    asked.assert(200, "If it was you, enter the password");
    planted.submit(&asked, &[("password", "")]).await.assert(422, "Enter the password of this account");
    let done = browser.submit(&page, &[]).await;
    done.assert(200, "Your address is confirmed");
    assert!(browser.find("kindred_reg_v1").is_none() && browser.find("kindred_device_v1").is_some());
    assert_eq!(scene.client.login(EMAIL, PASSWORD).await.status, 200);
    browser.submit(&page, &[]).await.assert(200, "Already confirmed");
    browser.open(&link).await.assert(200, "Already confirmed");
    assert_eq!(count_events(&env, "email.verified"), 1);
}

#[apply(on_both_databases)]
async fn another_browser_shows_who_registered_and_asks_for_the_password(env: Env) {
    let scene = PageScene::start(&env, &[REQUIRED]).await;
    let body = json!({"email": EMAIL, "password": PASSWORD, "display_name": "Ada <b>L</b>"});
    assert_eq!(scene.client.post("/api/v1/auth/register", body).await.status, 202);
    let link = scene.link(EMAIL, "verify_email").await;
    let mut browser = scene.browser();
    let page = browser.open(&link).await;
    page.assert(200, "If it was you, enter the password");
    for shown in ["UTC", "127.0.0.0/24", "This wasn’t me", "I don’t know the password"] {
        assert!(page.has(shown), "{shown} in {}", page.html);
    }
    assert!(!page.has("<b>L</b>"), "{}", page.html);
    let wrong = browser.submit(&page, &[("password", "not-the-password-1")]).await;
    wrong.assert(422, "That password doesn’t match this account");
    assert!(wrong.has("aria-invalid=\"true\"") && !wrong.has("not-the-password-1"), "{}", wrong.html);
    browser.submit(&wrong, &[("password", "")]).await.assert(422, "Enter the password of this account");
    browser.submit(&wrong, &[("password", PASSWORD)]).await.assert(200, "Your address is confirmed");
    assert_eq!(scene.client.login(EMAIL, PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn an_owner_who_did_not_register_declines(env: Env) {
    let scene = PageScene::start(&env, &[REQUIRED]).await;
    scene.client.register(EMAIL, PASSWORD).await;
    let link = scene.link(EMAIL, "verify_email").await;
    let mut browser = scene.browser();
    browser.open(&link).await.assert(200, "?step=decline");
    let page = browser.page(&format!("{PATH}?step=decline")).await;
    page.assert(200, "Discard this registration?");
    browser.submit(&page, &[("word", "no")]).await.assert(422, "Type the word to go on");
    assert_eq!(sql(&env, "SELECT count(*) FROM pending_registrations"), "1");
    browser.submit(&page, &[("word", " YES ")]).await.assert(200, "Nothing was set up");
    assert_eq!(sql(&env, "SELECT count(*) FROM pending_registrations"), "0");
    browser.submit(&page, &[("word", "yes")]).await.assert(200, "Nothing was set up");
    browser.open(&link).await.assert(200, "Nothing was set up");
    assert_eq!(count_events(&env, "registration.declined"), 1);
}

#[apply(on_both_databases)]
async fn an_owner_sets_a_password_of_their_own(env: Env) {
    let scene = PageScene::start(&env, &[REQUIRED]).await;
    scene.client.register(EMAIL, PASSWORD).await;
    let link = scene.link(EMAIL, "verify_email").await;
    let mut browser = scene.browser();
    browser.open(&link).await;
    let page = browser.page(&format!("{PATH}?step=password")).await;
    browser.submit(&page, &[("new_password", "short")]).await.assert(422, "Use at least 8 characters");
    browser.submit(&page, &[("new_password", EMAIL)]).await.assert(422, "your own data");
    browser.submit(&page, &[("new_password", NEW_PASSWORD)]).await.assert(200, "The password is set");
    assert_eq!(scene.client.login(EMAIL, NEW_PASSWORD).await.status, 200);
    assert_eq!(scene.client.login(EMAIL, PASSWORD).await.status, 401);
}

/// Where addresses need not be verified, the account exists already.
#[apply(on_both_databases)]
async fn someone_signed_in_confirms_without_the_password(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let mut browser = scene.browser();
    let email = browser.signed_in().await;
    let link = scene.link(&email, "verify_email").await;
    let page = browser.open(&link).await;
    assert!(!page.has("type=\"password\""), "{}", page.html);
    browser.submit(&page, &[]).await.assert(200, "Your address is confirmed");
    browser.open(&link).await.assert(200, "Already confirmed");
    let mut stranger = scene.browser();
    stranger.open(&link).await.assert(200, "Already confirmed");
}

#[apply(on_both_databases)]
async fn an_expired_link_leads_to_a_new_one(env: Env) {
    let scene = PageScene::start(&env, &[REQUIRED]).await;
    scene.client.register(EMAIL, PASSWORD).await;
    let link = scene.link(EMAIL, "verify_email").await;
    sql(&env, "UPDATE pending_registrations SET expires_at = 1");
    let page = scene.browser().open(&link).await;
    page.assert(410, "This link has expired");
    assert!(page.has("href=\"/account/resend-verification\""), "{}", page.html);
    let unknown = format!("{PATH}?token={}", "x".repeat(43));
    scene.browser().open(&unknown).await.assert(404, "This link doesn’t work");
}
