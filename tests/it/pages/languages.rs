//! The languages of pages.

use std::fs;

use reqwest::Method;

use super::scene::{Page, PageScene, Reading};
use crate::support::backend::{Backend, Env};
use crate::support::client::send;

async fn in_language(scene: &PageScene, accepted: &str) -> Page {
    let request = scene.client.request(Method::GET, "/account/forgot-password");
    Page::of(send(request.header("Accept-Language", accepted)).await)
}

#[tokio::test]
async fn the_browser_or_the_address_chooses() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = PageScene::start(&env, &[]).await;
    in_language(&scene, "de-AT, en;q=0.5").await.assert(200, "<html lang=\"de\" dir=\"ltr\">");
    in_language(&scene, "fr, en;q=0.5, de;q=0.1").await.assert(200, "<html lang=\"en\" dir=\"ltr\">");
    let mut browser = scene.browser();
    let page = browser.page("/account/forgot-password?lang=de").await;
    page.assert(200, "Passwort vergessen?");
    assert_eq!(page.reply.header("content-language"), Some("de"));
    assert!(page.has("href=\"/account/forgot-password?lang=en\""), "{}", page.html);
    let refused = browser.submit(&page, &[("email", "x")]).await;
    refused.assert(422, "Geben Sie eine E-Mail-Adresse ein");
    browser.page("/account/forgot-password?lang=%3Cscript%3E").await.assert(200, "Forgot your password?");
    browser.open("/account/secure?lang=de&token=abc").await.assert(404, "Dieser Link gilt nicht");
}

#[tokio::test]
async fn a_language_is_added_by_a_file() {
    let env = Env::new(Backend::Sqlite).await;
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("ar.ftl", "page-language = العربية\npage-forgot-title = هل نسيت كلمة المرور؟\n");
    write("de.ftl", "page-forgot-title = Passwort weg?\n");
    let dir = folder.path().to_str().expect("a path");
    let settings = [("KINDRED_BRANDING__LOCALES_DIR", dir), ("KINDRED_BRANDING__LANGUAGES", "de,ar")];
    let scene = PageScene::start(&env, &settings).await;
    let arabic = in_language(&scene, "ar-EG").await;
    arabic.assert(200, "<html lang=\"ar\" dir=\"rtl\">");
    arabic.assert(200, "هل نسيت كلمة المرور؟");
    arabic.assert(200, "Send link");
    assert!(arabic.has("lang=\"de\"") && !arabic.has("lang=\"en\" hreflang"), "{}", arabic.html);
    in_language(&scene, "en").await.assert(200, "Passwort weg?");
    scene.node.logged("texts are missing in a language").await;
}

#[tokio::test]
async fn mistakes_in_a_file_are_told_with_their_line() {
    let env = Env::new(Backend::Sqlite).await;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("fr.ftl"), "page-language = Français\n\nthis is no message\n")
        .expect("a file");
    let dir = folder.path().to_str().expect("a path");
    let setup = env.setup(&[("KINDRED_BRANDING__LOCALES_DIR", dir)]);
    let output = crate::faults::refusal::refusal(&setup);
    assert!(output.contains("fr.ftl:3: "), "{output}");
}
