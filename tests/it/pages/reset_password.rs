//! A forgotten password is reset by the link in the mail.

use kindred::clock::{Clock, SystemClock};
use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{NEW_PASSWORD, PageScene, Reading, path_of};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::sql::sql;
use crate::support::totp::App;

const FORGOT: &str = "/api/v1/auth/password/forgot";

#[apply(on_both_databases)]
async fn a_password_is_set(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    scene.client.post(FORGOT, json!({"email": person.email})).await;
    let link = scene.link(&person.email, "reset_password").await;
    assert_eq!(path_of(&link), "/account/reset-password");
    let mut browser = scene.browser();
    let page = browser.open(&link).await;
    page.assert(200, "Set a new password");
    assert!(page.has("autocomplete=\"new-password\"") && page.has("autocomplete=\"username\""));
    browser.submit(&page, &[("new_password", "password123")]).await.assert(422, "most common");
    browser.submit(&page, &[("new_password", NEW_PASSWORD)]).await.assert(200, "Your password is set");
    assert!(browser.find("kindred_device_v1").is_some(), "{:?}", browser.jar);
    scene.client.refresh(&person.refresh, None).await.assert_problem(401, "session_revoked");
    assert_eq!(scene.client.login(&person.email, NEW_PASSWORD).await.status, 200);
    assert_eq!(scene.client.login(&person.email, PASSWORD).await.status, 401);
    browser.submit(&page, &[("new_password", PASSWORD)]).await.assert(200, "Already used");
    browser.open(&link).await.assert(200, "Already used");
    assert_eq!(scene.client.login(&person.email, NEW_PASSWORD).await.status, 200);
}

#[apply(on_both_databases)]
async fn an_expired_link_and_one_of_another_kind_do_not_work(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    scene.client.post(FORGOT, json!({"email": person.email})).await;
    let link = scene.link(&person.email, "reset_password").await;
    let foreign = link.replace("reset-password", "confirm-email");
    scene.browser().open(&foreign).await.assert(404, "This link doesn’t work");
    sql(&env, "UPDATE one_time_tokens SET expires_at = 1 WHERE purpose = 'reset_password'");
    let page = scene.browser().open(&link).await;
    page.assert(410, "This link has expired");
    assert!(page.has("href=\"/account/forgot-password\"") && !page.has("<form"), "{}", page.html);
    sql(&env, "UPDATE one_time_tokens SET voided_at = 1 WHERE purpose = 'reset_password'");
    scene.browser().open(&link).await.assert(404, "Your password is unchanged");
    sql(&env, &format!("UPDATE users SET status = 'disabled' WHERE email = '{}'", person.email));
    scene.browser().open(&link).await.assert(404, "This link doesn’t work");
}

#[apply(on_both_databases)]
async fn the_second_factor_is_asked_for(env: Env) {
    let scene = PageScene::start(&env, &[("KINDRED_MFA__RESET_REQUIRES_FACTOR", "true")]).await;
    let person = scene.client.signed_in().await;
    let verify = scene.mailbox.wait_for(&person.email, "verify_email").await.token();
    let body = json!({"token": verify, "password": PASSWORD});
    assert_eq!(scene.client.post("/api/v1/auth/email/verify", body).await.status, 200);
    let begun = scene.client.post_as(&person.access, "/api/v1/me/mfa/totp", json!(null)).await;
    let code = App::new(&begun.text("/secret")).code_at(SystemClock.now().unix_seconds());
    let confirm = "/api/v1/me/mfa/totp/confirm";
    let confirmed = scene.client.post_as(&person.access, confirm, json!({"code": code})).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let backup_code = confirmed.text("/backup_codes/0");
    scene.client.post(FORGOT, json!({"email": person.email})).await;
    let link = scene.link(&person.email, "reset_password").await;
    let mut browser = scene.browser();
    let page = browser.open(&link).await;
    page.assert(200, "Code of your app, or a backup code");
    let without = browser.submit(&page, &[("new_password", NEW_PASSWORD)]).await;
    without.assert(422, "This account has a second factor");
    let wrong = [("new_password", NEW_PASSWORD), ("code", "aaaa-bbbb-cccc")];
    browser.submit(&page, &wrong).await.assert(422, "That code doesn’t work");
    let right = [("new_password", NEW_PASSWORD), ("code", backup_code.as_str())];
    browser.submit(&page, &right).await.assert(200, "Your password is set");
}
