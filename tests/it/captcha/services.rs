//! Turnstile, reCAPTCHA and hCaptcha, by fakes on loopback: host and action are compared, and outages do what is documented.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::scene::{DEMANDED, challenge, register_with};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::fake_http::{Answer, FakeHttp};
use crate::support::metrics::metric;
use crate::support::process::command;

const SERVICES: [&str; 3] = ["turnstile", "recaptcha", "hcaptcha"];

fn settings<'a>(service: &'a FakeHttp, provider: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        DEMANDED,
        ("KINDRED_CAPTCHA__PROVIDER", provider),
        ("KINDRED_CAPTCHA__SITE_KEY", "the-site-key"),
        ("KINDRED_CAPTCHA__SECRET", "the-secret-key"),
        ("KINDRED_CAPTCHA__HOSTNAMES", "id.example.com"),
        ("KINDRED_CAPTCHA__VERIFY_URL", service.url()),
        ("KINDRED_CAPTCHA__ALLOW_PRIVATE", "true"),
        // Long, so that a busy machine is not taken for a silent service.
        ("KINDRED_CAPTCHA__TIMEOUT", "20s"),
    ]
}

fn verdict(success: bool, hostname: &str, action: &str) -> Value {
    json!({"success": success, "hostname": hostname, "action": action, "challenge_ts": "2026-11-27T08:00:00Z"})
}

/// A service whose verdict depends on the token.
async fn service() -> FakeHttp {
    FakeHttp::start(|request| {
        let verdict = match request.member("response") {
            Some("right" | "right again") => verdict(true, "id.example.com", "register"),
            Some("other page") => verdict(true, "evil.example", "register"),
            Some("other action") => verdict(true, "id.example.com", "login"),
            _ => json!({"success": false, "error-codes": ["invalid-input-response"]}),
        };
        Answer::status(200, verdict.to_string())
    })
    .await
}

async fn a_service_is_asked_once(env: &Env, provider: &str) {
    let service = service().await;
    let node = env.node(&settings(&service, provider)).await;
    let client = node.client();
    let told = challenge(&client, "register").await;
    assert_eq!(told, json!({"provider": provider, "site_key": "the-site-key"}));

    client.register(&unique_email(), PASSWORD).await.assert_problem(403, "captcha_required");
    assert_eq!(service.requests(), [], "the service is asked about answers only");
    for wrong in ["other page", "other action", "wrong"] {
        register_with(&client, wrong).await.assert_problem(403, "captcha_invalid");
    }
    register_with(&client, "right").await.assert_status(201);
    // The fake does not notice that it was asked before; the server does.
    register_with(&client, "right").await.assert_problem(403, "captcha_invalid");
    register_with(&client, "right again").await.assert_status(201);

    let request = service.requests().remove(0);
    assert_eq!(request.line, "POST / HTTP/1.1");
    assert_eq!(
        (request.member("secret"), request.member("response")),
        (Some("the-secret-key"), Some("other page"))
    );
    assert_eq!(request.member("sitekey").is_some(), provider == "hcaptcha");
    assert_eq!(request.member("remoteip"), None, "the service need not learn it from here");
    for (outcome, count) in [("passed", 2.0), ("failed", 4.0), ("missing", 1.0)] {
        let labels = [("provider", provider), ("outcome", outcome)];
        assert_eq!(metric(&node, "auth_captcha_total", &labels).await, count, "{outcome}");
    }
    let labels = [("purpose", "captcha"), ("outcome", "answered")];
    assert_eq!(metric(&node, "auth_outgoing_requests_total", &labels).await, 6.0);
    assert!(!node.logs().contains("the-secret-key"));
}

#[apply(on_both_databases)]
async fn turnstile_is_asked_once(env: Env) {
    a_service_is_asked_once(&env, "turnstile").await;
}

#[apply(on_both_databases)]
async fn recaptcha_is_asked_once(env: Env) {
    a_service_is_asked_once(&env, "recaptcha").await;
}

#[apply(on_both_databases)]
async fn hcaptcha_is_asked_once(env: Env) {
    a_service_is_asked_once(&env, "hcaptcha").await;
}

/// A registration with a service that answers so, and what is counted of it.
async fn with_outage(answer: Answer, timeout: &'static str, fail_open: &'static str) -> (u16, f64, f64) {
    let env = Env::new(Backend::Sqlite).await;
    let service = FakeHttp::answering(answer).await;
    let mut settings = settings(&service, "turnstile");
    settings.extend([("KINDRED_CAPTCHA__FAIL_OPEN", fail_open), ("KINDRED_CAPTCHA__TIMEOUT", timeout)]);
    let node = env.node(&settings).await;
    let status = register_with(&node.client(), "any").await.status;
    let again = register_with(&node.client(), "any").await.status;
    assert_eq!(again, if status == 201 { 403 } else { status }, "an answer counts once, verified or not");
    let count = async |outcome| {
        metric(&node, "auth_captcha_total", &[("provider", "turnstile"), ("outcome", outcome)]).await
    };
    (status, count("failed_open").await, count("unavailable").await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_keeps_registrations_out_by_default() {
    assert_eq!(with_outage(Answer::status(502, "<html>"), "20s", "false").await, (503, 0.0, 2.0));
    assert_eq!(with_outage(Answer::Silence, "200ms", "false").await, (503, 0.0, 2.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_lets_them_in_where_the_settings_say_so() {
    assert_eq!(with_outage(Answer::status(502, "<html>"), "20s", "true").await, (201, 1.0, 0.0));
    assert_eq!(with_outage(Answer::Silence, "200ms", "true").await, (201, 1.0, 0.0));
}

/// A wrong secret is no outage: it would open the door for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_lets_no_one_in() {
    let refusal = json!({"success": false, "error-codes": ["invalid-input-secret"]}).to_string();
    assert_eq!(with_outage(Answer::status(200, refusal), "20s", "true").await, (503, 0.0, 2.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_needs_its_keys() {
    let env = Env::new(Backend::Sqlite).await;
    for provider in SERVICES {
        let setup = env.setup(&[("KINDRED_CAPTCHA__PROVIDER", provider)]);
        let output = command(&setup).args(["config", "check"]).output().expect("the binary starts");
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains("captcha.site_key") && message.contains("captcha.secret"), "{message}");
    }
}
