//! The way of a login from its beginning to a session like any other.

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{
    CHALLENGE, COMPLETE, Scene, VERIFIER, begin, code_of, come_back, error_of, in_cookies, parameters,
};
use crate::http::common::prove_addresses;
use crate::http::jws::claims;
use crate::mfa::scene::Enrolled;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::fake_provider::Person;
use crate::support::metrics::metric;
use crate::support::security_events::details;

#[apply(on_both_databases)]
async fn a_person_gets_an_account_and_comes_back_to_it(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (email, mut browser) = (unique_email(), scene.browser());
    let ada = Person::at("1", &email);
    let code = scene.code(&mut browser, &ada).await;
    browser.fetch_csrf().await;
    let login = browser.post(COMPLETE, in_cookies(&code)).await;
    login.assert_status(200);
    assert_eq!(
        (login.body["session"]["aal"].as_u64(), &login.body["session"]["amr"]),
        (Some(1), &json!(["fed"]))
    );
    let me = browser.get("/api/v1/me").await;
    assert_eq!((me.text("/email"), me.text("/display_name")), (email.clone(), "Ada Lovelace".to_owned()));
    // A code counts once, and in its browser.
    browser.post(COMPLETE, in_cookies(&code)).await.assert_problem(401, "federation_failed");
    let other = scene.code(&mut browser, &ada).await;
    let stolen = scene.client().post(COMPLETE, json!({ "code": other })).await;
    stolen.assert_problem(401, "federation_failed");
    // The same person, also with another address there.
    let again = scene.signed_in(&Person::at("1", &unique_email())).await;
    assert_eq!(again.text("/user/id"), me.text("/id"));
    assert_eq!(claims(&again.access())["amr"], json!(["fed"]));
    scene.client().refresh(&again.refresh_token(), None).await.assert_status(200);
    // There is no password to be guessed.
    scene.client().login(&email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(details(&env, "identity.linked"), [json!({"provider": "staff"})]);
    assert_eq!(details(&env, "account.registered").len(), 1);
}

#[tokio::test]
async fn an_application_gets_its_code_with_a_challenge() {
    let env = Env::new(Backend::Sqlite).await;
    let origins = ("KINDRED_CORS__ALLOWED_ORIGINS", "https://app.example.com");
    let scene = Scene::start(&env, &[origins]).await;
    let mut browser = scene.browser();
    let query = format!("return_to=https://app.example.com/in%3Fa%3Db&code_challenge={CHALLENGE}");
    let authorize = begin(&mut browser, "staff", &query).await;
    let back =
        come_back(&mut browser, &scene.staff.log_in(&authorize, &Person::at("1", &unique_email()))).await;
    assert!(back.starts_with("https://app.example.com/in?a=b&federation_code="), "{back}");
    assert_eq!(parameters(&back)["federation_provider"], "staff");
    let code = code_of(&back);
    // Neither the browser nor another verifier is enough.
    browser.post(COMPLETE, json!({ "code": code })).await.assert_problem(401, "federation_failed");
    let wrong = json!({ "code": code, "code_verifier": "x".repeat(43) });
    scene.client().post(COMPLETE, wrong).await.assert_problem(401, "federation_failed");
    let right = json!({ "code": code, "code_verifier": VERIFIER });
    scene.client().post(COMPLETE, right).await.assert_status(200);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_as_at_every_login() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let client = scene.client();
    let enrolled = Enrolled::new(&client, now()).await;
    prove_addresses(&env);
    let mut browser = scene.browser();
    let challenged = scene.log_in(&mut browser, &Person::at("1", enrolled.email())).await;
    challenged.assert_status(200);
    assert_eq!(challenged.body["mfa_required"], true);
    let wrong = json!({
        "challenge_token": challenged.text("/challenge_token"), "method": "totp", "code": enrolled.app.wrong_at(now()),
    });
    client.post("/api/v1/auth/mfa/verify", wrong).await.assert_problem(401, "mfa_code_invalid");
    // It is the login with the provider that has failed, and not one with a password.
    let failures = async |method| {
        metric(&scene.node, "auth_login_total", &[("method", method), ("outcome", "failure")]).await
    };
    assert_eq!((failures("federation").await, failures("password").await), (1.0, 0.0));
    let returned = [("kind", "oidc"), ("outcome", "returned")];
    assert_eq!(metric(&scene.node, "auth_federation_total", &returned).await, 1.0);
    let code = enrolled.backup_codes.first().expect("a code");
    let right = json!({ "challenge_token": challenged.text("/challenge_token"), "method": "backup_code", "code": code });
    let login = client.post("/api/v1/auth/mfa/verify", right).await;
    login.assert_status(200);
    assert_eq!(login.body["session"]["amr"], json!(["otp", "mfa", "fed"]));
    scene.node.mailbox().wait_for(enrolled.email(), "identity_linked").await;
}

#[tokio::test]
async fn people_who_turn_back_and_providers_that_fail_are_told_apart() {
    let env = Env::new(Backend::Sqlite).await;
    let away = [
        ("KINDRED_FEDERATION__PROVIDERS__AWAY__ISSUER", "http://127.0.0.1:9"),
        ("KINDRED_FEDERATION__PROVIDERS__AWAY__CLIENT_ID", "web"),
        ("KINDRED_FEDERATION__PROVIDERS__AWAY__CLIENT_AUTH", "none"),
        ("KINDRED_FEDERATION__PROVIDERS__AWAY__ALLOW_PRIVATE", "true"),
    ];
    let scene = Scene::start(&env, &away).await;
    let mut browser = scene.browser();
    for (error, told) in [
        ("access_denied", "federation_cancelled"),
        ("temporarily_unavailable", "provider_unavailable"),
        ("invalid_scope", "federation_failed"),
    ] {
        let authorize = begin(&mut browser, "staff", "return_to=/account?a=b").await;
        let state = parameters(&authorize)["state"].clone();
        let path = format!("/api/v1/auth/federation/staff/callback?error={error}&state={state}");
        let back = come_back(&mut browser, &path).await;
        assert!(back.starts_with("/account?a=b&"), "{back}");
        assert_eq!(error_of(&back), told);
    }
    // One that is not there: the page that the person comes from tells them.
    let path = "/api/v1/auth/federation/away/start?return_to=/account?a=b";
    let back = come_back(&mut browser, path).await;
    assert!(back.starts_with("/account?a=b&"), "{back}");
    assert_eq!(
        (error_of(&back).as_str(), &*parameters(&back)["federation_provider"]),
        ("provider_unavailable", "away")
    );
    // A code that the provider does not know.
    let authorize = begin(&mut browser, "staff", "return_to=/").await;
    let state = parameters(&authorize)["state"].clone();
    let path = format!("/api/v1/auth/federation/staff/callback?code=made-up&state={state}");
    assert_eq!(error_of(&come_back(&mut browser, &path).await), "federation_failed");
    assert_eq!(scene.staff.exchanges(), 1);
    browser.get("/api/v1/auth/federation/unknown/start").await.assert_problem(404, "not_found");
    browser
        .get("/api/v1/auth/federation/unknown/callback?code=a&state=b")
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test]
async fn registration_that_is_not_open_admits_only_people_with_an_account() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[("KINDRED_ACCOUNTS__TERMS_VERSION", "2")]).await;
    let (mut browser, email) = (scene.browser(), unique_email());
    let code = scene.code(&mut browser, &Person::at("1", &email)).await;
    let refused = browser.post(COMPLETE, json!({ "code": code })).await;
    refused.assert_problem(422, "validation_failed");
    assert_eq!(refused.body["errors"][0]["field"], "accepted_terms");
    let outdated = json!({ "code": code, "accepted_terms": "1" });
    browser.post(COMPLETE, outdated).await.assert_problem(422, "validation_failed");
    browser.post(COMPLETE, json!({ "code": code, "accepted_terms": "2" })).await.assert_status(200);
    assert_eq!(details(&env, "consent.given"), [json!({"document": "terms", "version": "2"})]);
    drop(scene);
    for registration in ["invite", "closed"] {
        let scene = Scene::start(&env, &[("KINDRED_ACCOUNTS__REGISTRATION", registration)]).await;
        let mut browser = scene.browser();
        let stranger = scene.log_in(&mut browser, &Person::at("2", &unique_email())).await;
        stranger.assert_problem(403, "forbidden");
        let unproven = scene.log_in(&mut browser, &Person::new("3")).await;
        unproven.assert_problem(409, "federation_email_missing");
        // Another provider now, so this is a new identity at a verified address.
        scene.log_in(&mut browser, &Person::at("4", &email)).await.assert_status(200);
    }
}

fn now() -> i64 {
    use kindred::clock::{Clock, SystemClock};
    SystemClock.now().unix_seconds()
}
