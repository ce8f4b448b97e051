//! An invitation is accepted by its link.

use macro_rules_attribute::apply;

use super::scene::{NEW_PASSWORD, PageScene, REQUIRED, Reading};
use crate::accounts::scene::invite;
use crate::support::backend::{Env, on_both_databases};
use crate::support::sql::sql;

const EMAIL: &str = "grace@example.com";
const NEVER: i64 = i64::MAX / 2;

#[apply(on_both_databases)]
async fn an_invitation_makes_an_account(env: Env) {
    let settings = [REQUIRED, ("KINDRED_ACCOUNTS__REGISTRATION", "invite")];
    let terms = ("KINDRED_ACCOUNTS__TERMS_VERSION", "2026-01");
    let scene = PageScene::start(&env, &[settings[0], settings[1], terms]).await;
    let link = format!("/account/register?token={}&lang=de", invite(&env, EMAIL, "user", NEVER));
    let mut browser = scene.browser();
    let page = browser.open(&link).await;
    page.assert(200, "Willkommen bei Kindred");
    let name = "Grace \"><script>alert(1)</script>";
    let values = [("name", name), ("new_password", NEW_PASSWORD)];
    let refused = browser.submit(&page, &values).await;
    refused.assert(422, "Stimmen Sie den Nutzungsbedingungen zu");
    assert!(refused.has("Grace") && !refused.has("<script>alert"), "{}", refused.html);
    let values = [("name", "Grace"), ("new_password", NEW_PASSWORD), ("terms", "on")];
    browser.submit(&page, &values).await.assert(200, "Ihr Konto ist eingerichtet");
    assert_eq!(scene.client.login(EMAIL, NEW_PASSWORD).await.status, 200);
    let stored =
        sql(&env, &format!("SELECT display_name || '/' || locale FROM users WHERE email = '{EMAIL}'"));
    assert_eq!(stored, "Grace/de");
    browser.submit(&page, &values).await.assert(200, "Schon angenommen");
    browser.open(&link).await.assert(200, "Schon angenommen");
}

#[apply(on_both_databases)]
async fn an_invitation_that_is_over_says_so(env: Env) {
    let scene = PageScene::start(&env, &[REQUIRED]).await;
    let expired = format!("/account/register?token={}", invite(&env, EMAIL, "user", 2));
    scene.browser().open(&expired).await.assert(410, "This invitation has expired");
    let revoked = format!("/account/register?token={}", invite(&env, "b@example.com", "user", NEVER));
    sql(&env, "UPDATE invitations SET revoked_at = 1");
    scene.browser().open(&revoked).await.assert(404, "This invitation doesn’t work");
}
