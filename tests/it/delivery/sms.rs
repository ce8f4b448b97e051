//! SMS by Twilio's API, and into files.

use std::sync::Arc;
use std::time::Duration;

use macro_rules_attribute::apply;
use tokio_rustls::TlsAcceptor;

use super::writing::{Writer, wait_for_outcomes};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::fake_http::{Answer, FakeHttp};
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::tls::common::Files;

const NUMBER: &str = "+491701234567";

/// A provider that accepts every SMS.
async fn accepting() -> FakeHttp {
    FakeHttp::answering(Answer::status(201, "{}")).await
}

async fn node_of(env: &Env, provider: &FakeHttp) -> Node {
    // Long, so that a busy machine is not taken for a lost answer.
    patient_node_of(env, provider, "20s").await
}

async fn patient_node_of(env: &Env, provider: &FakeHttp, patience: &str) -> Node {
    env.node(&settings_of(provider, patience)).await
}

fn settings_of<'a>(provider: &'a FakeHttp, patience: &'a str) -> [(&'static str, &'a str); 10] {
    [
        ("KINDRED_SMS__TRANSPORT", "twilio"),
        ("KINDRED_SMS__TWILIO_BASE_URL", provider.url()),
        ("KINDRED_SMS__ALLOW_PRIVATE", "true"),
        ("KINDRED_SMS__TWILIO_ACCOUNT_SID", "AC123"),
        ("KINDRED_SMS__TWILIO_AUTH_TOKEN", "sms-auth-token"),
        ("KINDRED_SMS__FROM", "+15005550006"),
        ("KINDRED_SMS__TIMEOUT", patience),
        ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms"),
        ("KINDRED_OUTBOX__RETRY_BASE", "50ms"),
        ("KINDRED_OUTBOX__RETRY_MAX", "100ms"),
    ]
}

async fn write(env: &Env) {
    let writer = Writer::of(env).await;
    writer.sms(NUMBER, "918273", writer.now().plus(Duration::from_secs(600))).await;
}

#[apply(on_both_databases)]
async fn the_provider_is_asked_as_it_wants_to_be(env: Env) {
    let provider = accepting().await;
    let node = node_of(&env, &provider).await;
    write(&env).await;
    wait_for_outcomes(&env, &["sent 1 unsealed -"]).await;
    let request = provider.requests().remove(0);
    assert_eq!(request.line, "POST /2010-04-01/Accounts/AC123/Messages.json HTTP/1.1");
    // base64 of AC123:sms-auth-token
    assert_eq!(request.header("authorization"), Some("Basic QUMxMjM6c21zLWF1dGgtdG9rZW4="));
    let field = |name: &str| request.member(name).expect("a field");
    assert_eq!((field("To"), field("From")), (NUMBER, "+15005550006"));
    assert_eq!(
        field("Body"),
        "918273 is your Kindred code. It expires in 10 minutes. Don't share it with anyone.\n\n@127.0.0.1 #918273"
    );
    // The log is written in the background.
    eventually("it is logged", async || node.logs().contains("+49•••67").then_some(())).await;
    let logs = node.logs();
    for secret in ["918273", NUMBER, "sms-auth-token"] {
        assert!(!logs.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_of_the_providers_own_passes() {
    let (env, provider) = (Env::new(Backend::Sqlite).await, accepting().await);
    provider.answer(Answer::status(503, "<html>"));
    let _node = node_of(&env, &provider).await;
    write(&env).await;
    eventually("two tries", async || (provider.requests().len() >= 2).then_some(())).await;
    provider.answer(Answer::status(201, "{}"));
    eventually("it is sent", async || super::writing::outcomes(&env)[0].starts_with("sent ").then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_number_is_given_up_at_once() {
    let (env, provider) = (Env::new(Backend::Sqlite).await, accepting().await);
    provider
        .answer(Answer::status(400, r#"{"code": 21211, "message": "Invalid 'To' number +491701234567"}"#));
    let node = node_of(&env, &provider).await;
    write(&env).await;
    wait_for_outcomes(&env, &["dead 1 sealed the SMS provider answered 400, error 21211"]).await;
    assert!(!node.logs().contains(NUMBER), "the provider's words name the number; ours do not");
}

/// An SMS is never sent twice because an answer was lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_no_reason_to_send_again() {
    let (env, provider) = (Env::new(Backend::Sqlite).await, accepting().await);
    provider.answer(Answer::Silence);
    let _node = patient_node_of(&env, &provider, "3s").await;
    write(&env).await;
    wait_for_outcomes(&env, &["dead 1 sealed the SMS provider's answer was lost; it may have been sent"])
        .await;
    assert_eq!(provider.requests().len(), 1);
}

/// IN-05: credentials and codes go nowhere but where the settings say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redirects_are_not_followed() {
    let (env, provider) = (Env::new(Backend::Sqlite).await, accepting().await);
    let elsewhere = accepting().await;
    provider.answer(Answer::Redirect(elsewhere.url().to_owned()));
    let _node = node_of(&env, &provider).await;
    write(&env).await;
    wait_for_outcomes(&env, &["dead 1 sealed the SMS provider answered 307"]).await;
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_development_an_sms_is_a_file() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")]).await;
    write(&env).await;
    wait_for_outcomes(&env, &["sent 1 unsealed -"]).await;
    let folder = node.data_dir().join("outbox");
    let files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].extension().and_then(|name| name.to_str()), Some("json"));
    let sms: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&files[0]).expect("a file")).expect("JSON");
    assert_eq!((sms["to"].as_str(), sms["template"].as_str()), (Some(NUMBER), Some("sms_code")));
    assert!(sms["text"].as_str().expect("text").starts_with("918273 "));
}

/// IN-05: the provider's address must be a public one, unless the settings say otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_in_the_internal_network_must_be_allowed() {
    let (env, provider) = (Env::new(Backend::Sqlite).await, accepting().await);
    let inside = provider.url().replace("http://127.0.0.1", "https://localhost");
    let mut settings = settings_of(&provider, "20s");
    settings[1] = ("KINDRED_SMS__TWILIO_BASE_URL", &inside);
    settings[2] = ("KINDRED_SMS__ALLOW_PRIVATE", "false");
    let node = env.node(&settings).await;
    write(&env).await;
    let refused = [("purpose", "sms"), ("outcome", "refused")];
    eventually("a refusal", async || {
        (metric(&node, "auth_outgoing_requests_total", &refused).await > 0.0).then_some(())
    })
    .await;
    assert_eq!(provider.requests(), []);
}

/// Makes a certificate wrong.
type Spoil = fn(&mut Files);

/// TL-02: a provider whose certificate is not right is not told anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_must_show_the_right_certificate() {
    let stranger = Files::new();
    let spoilings: [(&str, Spoil); 4] = [
        ("answered", |_| {}),
        ("unreachable", Files::rename),
        ("unreachable", Files::expire),
        ("unreachable", |_| {}),
    ];
    for (number, (outcome, spoil)) in spoilings.into_iter().enumerate() {
        let mut files = Files::new();
        spoil(&mut files);
        let tls = TlsAcceptor::from(Arc::new(files.server_config()));
        let provider = FakeHttp::over_tls(tls).await;
        let env = Env::new(Backend::Sqlite).await;
        // The last one is right in all but its issuer.
        let trusted = if number == 3 { &stranger } else { &files };
        let authorities = trusted.cert_file().display().to_string();
        let mut settings = settings_of(&provider, "20s").to_vec();
        settings.push(("SSL_CERT_FILE", &authorities));
        let node = env.node(&settings).await;
        write(&env).await;
        let labels = [("purpose", "sms"), ("outcome", outcome)];
        eventually(outcome, async || {
            (metric(&node, "auth_outgoing_requests_total", &labels).await > 0.0).then_some(())
        })
        .await;
        assert_eq!(provider.requests().len(), usize::from(outcome == "answered"), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_proxy_of_the_settings_is_used() {
    let (env, provider) = (Env::new(Backend::Sqlite).await, accepting().await);
    let (proxy, wrong) = (accepting().await, accepting().await);
    let mut settings = settings_of(&provider, "20s").to_vec();
    settings.extend([("HTTP_PROXY", wrong.url()), ("http_proxy", wrong.url()), ("ALL_PROXY", wrong.url())]);
    let node = env.node(&settings).await;
    write(&env).await;
    wait_for_outcomes(&env, &["sent 1 unsealed -"]).await;
    drop(node);
    settings.push(("KINDRED_OUTGOING__PROXY", proxy.url()));
    let _node = env.node(&settings).await;
    write(&env).await;
    eventually("the proxy is asked", async || (!proxy.requests().is_empty()).then_some(())).await;
    let line = format!("POST {}2010-04-01/Accounts/AC123/Messages.json HTTP/1.1", provider.url());
    assert_eq!(proxy.requests()[0].line, line);
    assert_eq!((provider.requests().len(), wrong.requests().len()), (1, 0));
}
