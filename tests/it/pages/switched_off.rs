//! Each page can be switched off.

use super::scene::{PageScene, Reading};
use crate::support::backend::{Backend, Env};

const PAGES: [(&str, &str); 14] = [
    ("login", "/login"),
    ("register", "/register"),
    ("forgot_password", "/forgot-password"),
    ("forgot_password", "/account/forgot-password"),
    ("account", "/account/sessions"),
    ("administration", "/administration"),
    ("verify_email", "/account/verify-email"),
    ("verify_email", "/account/resend-verification"),
    ("reset_password", "/account/reset-password"),
    ("confirm_email", "/account/confirm-email"),
    ("undo_email_change", "/account/undo-email-change"),
    ("invitation", "/account/register"),
    ("cancel_erasure", "/account/cancel-erasure"),
    ("secure_account", "/account/secure"),
];

#[tokio::test]
async fn a_page_that_is_switched_off_is_not_found() {
    let env = Env::new(Backend::Sqlite).await;
    let names: Vec<&str> = PAGES.iter().map(|(name, _)| *name).filter(|name| *name != "account").collect();
    let settings = [
        ("KINDRED_PAGES__DISABLED", names.join(",")),
        ("KINDRED_PAGES__BASE_URL", "https://app.example.com/me".to_owned()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let scene = PageScene::start(&env, &settings).await;
    for (name, path) in PAGES {
        let status = scene.client.get(path).await.status;
        let expected = if name == "account" { 200 } else { 404 };
        assert_eq!(status, expected, "{path}");
    }
    scene.browser().page("/account/end-session").await.assert(400, "Open the link in the mail again");
    // Links lead to the application that has the pages.
    let person = scene.client.signed_in().await;
    let mail = scene.mailbox.wait_for(&person.email, "verify_email").await;
    let start = "https://app.example.com/me/account/verify-email?token=";
    assert!(mail.link().starts_with(start), "{}", mail.link());
}

#[tokio::test]
async fn all_pages_are_there_by_default() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = PageScene::start(&env, &[]).await;
    for (_, path) in PAGES {
        assert!([200, 400].contains(&scene.client.get(path).await.status), "{path}");
    }
}

#[tokio::test]
async fn without_the_account_page_nothing_is_at_the_root() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = PageScene::start(&env, &[("KINDRED_PAGES__DISABLED", "account")]).await;
    for path in ["/", "/account", "/account/sessions"] {
        assert_eq!(scene.client.get(path).await.status, 404, "{path}");
    }
    assert_eq!(scene.client.get("/.well-known/change-password").await.status, 404);
}
