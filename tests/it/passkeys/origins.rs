//! Passkeys in native apps and on related sites.

use macro_rules_attribute::apply;

use super::scene::{ORIGIN, RP_ID, enroll, log_in, usual};
use crate::support::authenticator::Behaviour;
use crate::support::backend::{Env, on_both_databases};
use crate::support::family::Family;

/// Of the certificates whose SHA-256 fingerprints are 00:01:…:1F and AA:AA:…:AA.
const LISTED_APP: &str = "android:apk-key-hash:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const LINKED_APP: &str = "android:apk-key-hash:qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo";
const RELATED: &str = "https://example.invalid";

#[apply(on_both_databases)]
async fn apps_and_related_sites_use_the_passkeys_of_the_domain(env: Env) {
    let origins = format!("{ORIGIN},{LISTED_APP}");
    let app = format!("com.example.app={}", ["AA"; 32].join(":"));
    let node = env
        .node(&[
            ("KINDRED_WEBAUTHN__RP_ID", RP_ID),
            ("KINDRED_WEBAUTHN__ORIGINS", &origins),
            ("KINDRED_WEBAUTHN__ANDROID_APPS", &app),
            ("KINDRED_WEBAUTHN__RELATED_ORIGINS", RELATED),
        ])
        .await;
    let client = node.client();
    for accepted in [LISTED_APP, LINKED_APP, RELATED] {
        let family = Family::open(&client).await;
        let (passkey, added) = enroll(&client, family.access(), &Behaviour::at(accepted)).await;
        assert_eq!(added.status, 201, "{accepted}: {added:?}");
        // A passkey belongs to the domain, and not to the place where it was made.
        for place in [accepted, ORIGIN] {
            let login = log_in(&client, &passkey, &Behaviour::at(place)).await;
            assert_eq!(login.status, 200, "{accepted}, {place}: {login:?}");
        }
        let other = LISTED_APP.replace("Hh8", "Hh9");
        for refused in
            [&*other, "android:apk-key-hash:", "https://sub.example.invalid", "https://example.test"]
        {
            let login = log_in(&client, &passkey, &Behaviour::at(refused)).await;
            login.assert_problem(401, "invalid_credentials");
        }
    }
    // The hash of an app is no pass for a frame of another site.
    let framed = Behaviour { cross_origin: true, ..Behaviour::at(LISTED_APP) };
    let family = Family::open(&client).await;
    let (_, refused) = enroll(&client, family.access(), &framed).await;
    refused.assert_problem(422, "validation_failed");
}

#[apply(on_both_databases)]
async fn an_app_that_is_not_configured_is_refused(env: Env) {
    let node = env.node(super::scene::SERVICE).await;
    let client = node.client();
    let family = Family::open(&client).await;
    let (_, refused) = enroll(&client, family.access(), &Behaviour::at(LISTED_APP)).await;
    refused.assert_problem(422, "validation_failed");
    let (passkey, _) = enroll(&client, family.access(), &usual()).await;
    for place in [LISTED_APP, RELATED] {
        let login = log_in(&client, &passkey, &Behaviour::at(place)).await;
        login.assert_problem(401, "invalid_credentials");
    }
}

#[apply(on_both_databases)]
async fn an_app_needs_no_website(env: Env) {
    let settings = [("KINDRED_WEBAUTHN__RP_ID", RP_ID), ("KINDRED_WEBAUTHN__ORIGINS", LISTED_APP)];
    let node = env.node(&settings).await;
    let client = node.client();
    let family = Family::open(&client).await;
    let (passkey, added) = enroll(&client, family.access(), &Behaviour::at(LISTED_APP)).await;
    assert_eq!(added.status, 201, "{added:?}");
    let page = Behaviour::at(&format!("https://{RP_ID}"));
    log_in(&client, &passkey, &page).await.assert_problem(401, "invalid_credentials");
}
