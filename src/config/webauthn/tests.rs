use crate::config::tests::{load, problem_keys};

fn message(variables: &[(&str, &str)]) -> String {
    load(variables).expect_err("must be refused").to_string()
}

fn shown(variables: &[(&str, &str)]) -> (String, Vec<String>) {
    let webauthn = load(variables).unwrap().webauthn;
    (webauthn.rp_id, webauthn.origins.iter().map(ToString::to_string).collect())
}

const RP_ID: &str = "KINDRED_WEBAUTHN__RP_ID";
const ORIGINS: &str = "KINDRED_WEBAUTHN__ORIGINS";
const PUBLIC_URL: &str = "KINDRED_SERVER__PUBLIC_URL";

#[test]
fn the_public_url_is_the_default() {
    assert_eq!(shown(&[]), ("localhost".to_owned(), vec!["http://localhost:8080".to_owned()]));
    let (rp_id, origins) = shown(&[(PUBLIC_URL, "https://id.example.com/auth")]);
    assert_eq!((rp_id.as_str(), origins), ("id.example.com", vec!["https://id.example.com".to_owned()]));
    let (rp_id, _) = shown(&[(PUBLIC_URL, "https://[2001:db8::1]:8443")]);
    assert_eq!(rp_id, "localhost");
}

#[test]
fn origins_are_within_the_domain_and_secure() {
    let fine = [(RP_ID, "example.com"), (ORIGINS, "https://id.example.com,https://example.com:8443")];
    assert_eq!(shown(&fine).1, ["https://id.example.com", "https://example.com:8443"]);
    for origin in [
        "https://example.org",
        "https://badexample.com",
        "https://example.com.evil.org",
        "http://example.com",
        "https://192.0.2.1",
        "https://example.com/path",
        "android:apk-key-hash:x",
    ] {
        let keys = problem_keys(&[(RP_ID, "example.com"), (ORIGINS, origin)]);
        assert!(keys.iter().all(|key| key == "webauthn.origins"), "{origin}: {keys:?}");
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let keys = problem_keys(&[
        (RP_ID, "com"),
        (ORIGINS, "https://example.com,https://example.org"),
        ("KINDRED_WEBAUTHN__RP_NAME", "  "),
        ("KINDRED_WEBAUTHN__CEREMONY_TTL", "1h"),
    ]);
    let expected = ["webauthn.rp_id", "webauthn.rp_name", "webauthn.origins", "webauthn.ceremony_ttl"];
    assert_eq!(keys, expected);
    for wrong in ["192.0.2.1", "Example.com", "example.com.", "https://example.com", ".", "a b.com"] {
        assert!(problem_keys(&[(RP_ID, wrong)]).contains(&"webauthn.rp_id".to_owned()), "{wrong}");
    }
}

const KEY_HASH: &str = "android:apk-key-hash:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const FINGERPRINT: &str = "00:01:02:03:04:05:06:07:08:09:0a:0B:0C:0D:0E:0F:\
                           10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F";

#[test]
fn native_apps_have_origins() {
    let origins = format!("https://example.com,{KEY_HASH}");
    let (_, shown) = shown(&[(RP_ID, "example.com"), (ORIGINS, &origins)]);
    assert_eq!(shown, ["https://example.com", KEY_HASH]);
    for wrong in
        ["android:apk-key-hash:", "android:apk-key-hash:AAEC", "android:app", &format!("{KEY_HASH}=")]
    {
        assert_eq!(
            problem_keys(&[(RP_ID, "example.com"), (ORIGINS, wrong)])[0],
            "webauthn.origins",
            "{wrong}"
        );
    }
    let app = format!("com.example.app={FINGERPRINT}");
    let webauthn = load(&[("KINDRED_WEBAUTHN__ANDROID_APPS", &app)]).unwrap().webauthn;
    assert_eq!(
        webauthn.android_apps[0].to_string(),
        app.to_uppercase().replacen("COM.EXAMPLE.APP", "com.example.app", 1)
    );
    assert!(webauthn.accepted_origins().any(|origin| origin.to_string() == KEY_HASH));
    for wrong in [
        "com.example.app".to_owned(),
        format!("app={FINGERPRINT}"),
        "com.example.app=00:01".to_owned(),
        format!("com.1={FINGERPRINT}"),
    ] {
        let told = message(&[("KINDRED_WEBAUTHN__ANDROID_APPS", &wrong)]);
        assert!(told.contains("webauthn.android_apps"), "{wrong}: {told}");
    }
}

#[test]
fn apple_apps_have_a_team() {
    let apps = "A1B2C3D4E5.com.example.app,ABCDE12345.com.example-2.App";
    let webauthn = load(&[("KINDRED_WEBAUTHN__APPLE_APPS", apps)]).unwrap().webauthn;
    assert_eq!(webauthn.apple_apps.len(), 2);
    for wrong in ["com.example.app", "a1b2c3d4e5.com.example", "A1B2C3D4E5", "A1B2C3D4E5.", "A1B2C3D4E5.a..b"]
    {
        assert_eq!(
            problem_keys(&[("KINDRED_WEBAUTHN__APPLE_APPS", wrong)]),
            ["webauthn.apple_apps"],
            "{wrong}"
        );
    }
}

#[test]
fn related_origins_are_on_other_domains() {
    const RELATED: &str = "KINDRED_WEBAUTHN__RELATED_ORIGINS";
    let given =
        [(PUBLIC_URL, "https://example.com"), (RELATED, "https://example.de,https://shop.example.org:8443")];
    assert_eq!(load(&given).unwrap().webauthn.accepted_origins().count(), 3);
    for wrong in ["https://id.example.com", "http://example.de", KEY_HASH, "https://example.de/path"] {
        let keys = problem_keys(&[(PUBLIC_URL, "https://example.com"), (RELATED, wrong)]);
        assert_eq!(keys, ["webauthn.related_origins"], "{wrong}");
    }
}

#[test]
fn the_names_follow_the_product() {
    let names = |variables: &[(&str, &str)]| {
        let config = load(variables).unwrap();
        (config.webauthn.rp_name, config.mfa.issuer)
    };
    const NAME: &str = "KINDRED_BRANDING__PRODUCT_NAME";
    assert_eq!(names(&[]), ("Kindred".to_owned(), "Kindred".to_owned()));
    assert_eq!(names(&[(NAME, "Acme: 100%")]), ("Acme: 100%".to_owned(), "Acme 100".to_owned()));
    let long = "\u{e4}".repeat(64);
    assert_eq!(names(&[(NAME, &long)]), (long.clone(), "\u{e4}".repeat(32)));
    let own = [(NAME, "Acme"), ("KINDRED_WEBAUTHN__RP_NAME", "Keys"), ("KINDRED_MFA__ISSUER", "App")];
    assert_eq!(names(&own), ("Keys".to_owned(), "App".to_owned()));
    assert_eq!(problem_keys(&[(NAME, "  ")]), ["branding.product_name"], "told once");
    assert_eq!(names(&[(NAME, ":%")]).1, "Kindred");
}
