//! A mail with a link is asked for without script.

use macro_rules_attribute::apply;

use super::scene::{PageScene, REQUIRED, Reading};
use crate::captcha::scene::{CHEAP, answer};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::security_events::{count_events, wait_for_event};

const EMAIL: &str = "ada@example.com";

#[apply(on_both_databases)]
async fn the_answer_is_the_same_for_every_address(env: Env) {
    let scene = PageScene::start(&env, &[]).await;
    let person = scene.client.signed_in().await;
    let mut browser = scene.browser();
    let page = browser.page("/account/forgot-password").await;
    page.assert(200, "Forgot your password?");
    assert!(!page.has("<script") && !page.has("captcha"), "no CAPTCHA is demanded by default: {}", page.html);
    let mut answers = Vec::new();
    for email in [person.email.as_str(), "nobody@example.com"] {
        let sent = browser.submit(&page, &[("email", email)]).await;
        sent.assert(200, "Look into your mailbox");
        answers.push(sent.html);
    }
    assert_eq!(answers[0], answers[1]);
    scene.link(&person.email, "reset_password").await;
    let wrong = browser.submit(&page, &[("email", "\"><script>x")]).await;
    wrong.assert(422, "Enter an email address");
    assert!(!wrong.has("<script>x"), "{}", wrong.html);
}

#[apply(on_both_databases)]
async fn a_verification_mail_is_sent_again(env: Env) {
    let scene = PageScene::start(&env, &[REQUIRED]).await;
    scene.client.register(EMAIL, PASSWORD).await;
    let mut browser = scene.browser();
    let page = browser.page("/account/resend-verification").await;
    browser.submit(&page, &[("email", EMAIL)]).await.assert(200, "Look into your mailbox");
    scene.mailbox.wait_for_nth(EMAIL, "verify_email", 2).await;
}

/// These pages are no way around the answer that the API demands.
#[apply(on_both_databases)]
async fn an_answer_is_demanded_where_the_api_demands_one(env: Env) {
    let scene = PageScene::start(&env, &[CHEAP, ("KINDRED_CAPTCHA__FORGOT", "true")]).await;
    let person = scene.client.signed_in().await;
    let mut browser = scene.browser();
    for path in ["/account/forgot-password", "/account/resend-verification"] {
        let page = browser.page(path).await;
        page.assert(200, "data-source=\"/captcha?action=forgot\"");
        assert!(page.has("app/card-captcha.js\""), "{}", page.html);
        let other = answer(&scene.client, "register").await;
        for wrong in ["", "nonsense", other.as_str()] {
            let form = [("email", person.email.as_str()), ("captcha_token", wrong)];
            browser.submit(&page, &form).await.assert(422, "We could not tell whether you are a person");
        }
        let right = answer(&scene.client, "forgot").await;
        let form = [("email", person.email.as_str()), ("captcha_token", right.as_str())];
        browser.submit(&page, &form).await.assert(200, "Look into your mailbox");
        browser.submit(&page, &form).await.assert(422, "We could not tell whether you are a person");
    }
    wait_for_event(&env, "password.reset_requested", 1).await;
    assert_eq!(count_events(&env, "password.reset_requested"), 1);
}
