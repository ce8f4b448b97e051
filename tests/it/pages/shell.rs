//! The page that loads the application, and the files that it loads.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::header::HeaderValue;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::scene::{PageScene, Reading};
use crate::support::backend::{Backend, Env};
use crate::support::client::send;

const PAGES: [&str; 6] =
    ["/login", "/register", "/forgot-password", "/account", "/account/sessions/x", "/administration/people"];

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}")).1;
    rest.split(end).next().expect("an end")
}

fn config(html: &str) -> Value {
    let text = between(html, "id=\"kindred-config\">", "</script>");
    serde_json::from_str(text).expect("JSON")
}

fn addresses(html: &str) -> Vec<String> {
    let parts = html.split("=\"").skip(1).filter_map(|part| part.split('"').next());
    parts.filter(|value| value.starts_with("/assets/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_shell_tells_the_application_what_it_needs() {
    let env = Env::new(Backend::Sqlite).await;
    let settings = [
        ("KINDRED_BRANDING__PRODUCT_NAME", "Acme </script><b>"),
        ("KINDRED_BRANDING__SUPPORT", "help@acme.example"),
        ("KINDRED_BRANDING__LOGO", "https://static.acme.example/logo.svg"),
        ("KINDRED_CORS__ALLOWED_ORIGINS", "https://app.acme.example"),
        ("KINDRED_COOKIE__GENERATION", "v2"),
        ("KINDRED_COOKIE__ACCEPT_GENERATIONS", "v1,v2"),
        ("KINDRED_FEDERATION__PROVIDERS__HUB__KIND", "github"),
        ("KINDRED_FEDERATION__PROVIDERS__HUB__CLIENT_ID", "id at the provider"),
        ("KINDRED_FEDERATION__PROVIDERS__HUB__CLIENT_SECRET", "hunter2"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF__ISSUER", "https://id.acme.example/realms/staff"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF__CLIENT_ID", "id at the provider"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF__CLIENT_AUTH", "none"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF__DISPLAY_NAME", "Acme staff"),
        ("KINDRED_FEDERATION__PROVIDERS__STAFF__LOGO", "https://id.acme.example/logo.svg"),
    ];
    let scene = PageScene::start(&env, &settings).await;
    let mut browser = scene.browser();
    for path in PAGES {
        let page = browser.page(path).await;
        page.assert(200, "<div id=\"app\"></div>");
        assert!(page.has("<noscript>") && !page.has("<b>"), "{}", page.html);
        let header = |name: &str| page.reply.header(name).unwrap_or_default().to_owned();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "strict-origin");
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self';",
            "style-src 'self';",
            "img-src 'self' data: blob: https://id.acme.example https://static.acme.example;",
            "require-trusted-types-for 'script'; trusted-types kindred",
        ] {
            assert!(policy.contains(part), "{part} in {policy}");
        }
    }
    let page = browser.page("/login?returnTo=https://app.acme.example/orders%3Fa=b&lang=de").await;
    let told = config(&page.html);
    assert_eq!(told["product"]["name"], "Acme </script><b>");
    assert_eq!(told["product"]["support"], "help@acme.example");
    assert_eq!(told["returnTo"], "https://app.acme.example/orders?a=b");
    assert_eq!((&told["locale"], &told["direction"]), (&json!("de"), &json!("ltr")));
    assert_eq!(told["languages"][1], json!({"tag": "de", "name": "Deutsch", "direction": "ltr"}));
    assert_eq!(told["pages"]["administration"], true);
    assert_eq!(told["cookieGenerations"], json!(["v2", "v1"]));
    let hub =
        json!({"id": "hub", "name": "GitHub", "kind": "github", "logo": null, "reauthenticates": false});
    let logo = "https://id.acme.example/logo.svg";
    let staff =
        json!({"id": "staff", "name": "Acme staff", "kind": "oidc", "logo": logo, "reauthenticates": true});
    assert_eq!(told["providers"], json!([hub, staff]));
    assert!(!page.html.contains("hunter2") && !page.html.contains("id at the provider"), "{}", page.html);
    assert_eq!((&told["captcha"]["login"], &told["captcha"]["forgot"]), (&json!(true), &json!(false)));
    for foreign in ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"] {
        let page = browser.page(&format!("/login?returnTo={foreign}")).await;
        assert_eq!(config(&page.html)["returnTo"], Value::Null, "{foreign}");
    }
    let home = browser.get("/").await;
    assert_eq!((home.status, home.header("location")), (303, Some("/account")));
}

#[tokio::test]
async fn assets_are_kept_for_good_and_named_by_their_content() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = PageScene::start(&env, &[("KINDRED_BRANDING__ACCENT", "#ffcc00")]).await;
    let page = scene.browser().page("/administration").await;
    let told = config(&page.html);
    let base = told["assets"].as_str().expect("a prefix").to_owned();
    let texts = [format!("{base}locales/en.ftl"), format!("{base}locales/de.ftl")];
    let mut kinds = Vec::new();
    for address in addresses(&page.html).into_iter().chain(texts).filter(|address| *address != base) {
        if address.ends_with("/app/main.js") {
            continue;
        }
        let reply = scene.client.get(&address).await;
        assert_eq!(reply.status, 200, "{address}");
        assert_eq!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        kinds.push(reply.header("content-type").unwrap_or_default().to_owned());
    }
    assert_eq!(kinds.iter().filter(|kind| *kind == "text/css; charset=utf-8").count(), 3, "{kinds:?}");
    let sheet = scene.client.get(&format!("{base}styles/page.css")).await.body;
    let sheet = sheet.as_str().expect("a text");
    let (styles, brand) = sheet.rsplit_once(":root { --accent: ").map_or(("", ""), |(before, _)| {
        let end = before.rfind(":root { --accent: ").unwrap_or_default();
        sheet.split_at(end)
    });
    assert!(styles.contains(".card {") && !styles.contains("/*"), "{styles}");
    assert!(brand.contains("prefers-color-scheme: dark") && brand.contains("--accent: #ffcc00"), "{brand}");
    let light = between(brand, "--accent: ", ";");
    assert_ne!(light, "#ffcc00", "it cannot be read on white");
    // Files of another version, while both run.
    let other = scene.client.get("/assets/0123/styles/page.css").await;
    assert_eq!((other.status, other.header("cache-control")), (200, Some("no-store")));
    for wrong in ["README.md", "styles/tokens.css", "../Cargo.toml", "..%2FCargo.toml", "", "app/"] {
        let reply = scene.client.get(&format!("{base}{wrong}")).await;
        assert_eq!(reply.status, 404, "{wrong}");
    }
    let posted = send(scene.client.request(Method::POST, &format!("{base}styles/page.css"))).await;
    assert_eq!(posted.status, 404);
}

#[tokio::test]
async fn assets_are_compressed_for_those_who_take_it() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = PageScene::start(&env, &[]).await;
    let page = scene.browser().page("/login").await;
    let base = config(&page.html)["assets"].as_str().expect("a prefix").to_owned();
    for module in ["app/main.js", "app/login/login.js", "vendor/kindred-client/kindred-client.js"] {
        let link = format!("<link rel=\"modulepreload\" href=\"{base}{module}\">");
        assert_eq!(page.html.matches(&link).count(), 1, "{link} in {}", page.html);
    }
    assert!(!page.html.contains("app/account/"), "{}", page.html);
    let shell = scene.client.request(Method::GET, "/login").header("Accept-Encoding", "gzip");
    let shell = shell.send().await.expect("an answer");
    assert_eq!(shell.headers().get("content-encoding").map(HeaderValue::as_bytes), Some(&b"gzip"[..]));
    let mut unpacked = String::new();
    GzDecoder::new(bytes(shell).await.as_slice()).read_to_string(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, page.html);
    let card =
        scene.client.request(Method::GET, "/account/forgot-password").header("Accept-Encoding", "gzip");
    let card = card.send().await.expect("an answer");
    assert_eq!(card.headers().get("content-encoding"), None, "it contains a token");
    for path in
        ["app/main.js", "styles/page.css", "locales/de.ftl", "vendor/kindred-client/kindred-client.js"]
    {
        let request = || scene.client.request(Method::GET, &format!("{base}{path}"));
        let plain = request().send().await.expect("an answer");
        let compressed = request().header("Accept-Encoding", "gzip, br").send().await.expect("an answer");
        for (reply, encoding) in [(&plain, None), (&compressed, Some("gzip"))] {
            let header = |name: &str| reply.headers().get(name).and_then(|value| value.to_str().ok());
            assert_eq!(header("content-encoding"), encoding, "{path}");
            assert_eq!(header("vary"), Some("Accept-Encoding"), "{path}");
            assert_eq!(header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        }
        let (plain, compressed) = (bytes(plain).await, bytes(compressed).await);
        assert!(compressed.len() < plain.len(), "{path}: {} of {}", compressed.len(), plain.len());
        let mut unpacked = Vec::new();
        GzDecoder::new(compressed.as_slice()).read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, plain, "{path}");
    }
}

async fn bytes(reply: Response) -> Vec<u8> {
    reply.bytes().await.expect("a body").to_vec()
}

#[tokio::test]
async fn pages_are_found_under_the_path_of_a_proxy() {
    let env = Env::new(Backend::Sqlite).await;
    let url = ("KINDRED_SERVER__PUBLIC_URL", "https://example.com/auth/");
    let scene = PageScene::start(&env, &[url]).await;
    let mut browser = scene.browser();
    let told = config(&browser.page("/login").await.html);
    assert_eq!((&told["basePath"], &told["api"]), (&json!("/auth"), &json!("/auth/api/v1/")));
    assert!(told["assets"].as_str().is_some_and(|assets| assets.starts_with("/auth/assets/")), "{told}");
    let page = browser.page("/account/forgot-password?lang=de").await;
    assert_eq!(page.action(), "/auth/account/forgot-password?lang=de");
    let reply = browser.get("/account/secure?token=abc").await;
    assert_eq!(reply.header("location"), Some("/auth/account/secure"));
    assert!(browser.find("__Host-kindred_link_v1").is_some(), "{:?}", browser.jar);
}

#[tokio::test]
async fn the_page_for_changing_the_password_is_told() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = PageScene::start(&env, &[("KINDRED_SERVER__PUBLIC_URL", "https://example.com/auth")]).await;
    let reply = scene.client.get("/.well-known/change-password").await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, Some("https://example.com/auth/account/password"))
    );
}
