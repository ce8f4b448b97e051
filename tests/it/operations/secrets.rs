//! Nothing that is secret leaves by the logs, the metrics, the traces or a panic: people go through the real flows, everything
//! secret that they send or get is kept, and then looked for.

use std::collections::{BTreeMap, BTreeSet};

use kindred::clock::{Clock, SystemClock};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::jar::{Browser, REFRESH};
use crate::pages::scene::{Reading, local};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, Reply, send};
use crate::support::otlp::Collector;
use crate::support::phones::Phones;
use crate::support::process::Node;
use crate::support::totp::App;

const PASSWORD: &str = "canary velvet heron 42 moons";
const NEW_PASSWORD: &str = "canary copper lantern 77 tides";
const TYPED_PASSWORD: &str = "canary meadow anchor 93 kites";
const NUMBER: &str = "+491701239942";
/// The members of requests and answers whose values are secret, or are personal and belong into no log.
const SECRET: &[&str] = &[
    "email",
    "password",
    "new_password",
    "phone",
    "code",
    "token",
    "access_token",
    "refresh_token",
    "challenge_token",
    "device_token",
    "csrf_token",
    "secret",
    "otpauth_uri",
    "backup_codes",
    "ceremony",
    "challenge",
];
/// Members that are named differently in problems: there, `code` is the kind of the problem.
const PROBLEM: &str = "correlation_id";

/// Everything secret that has flowed, by the name of its member.
#[derive(Default)]
struct Secrets(BTreeMap<String, BTreeSet<String>>);

impl Secrets {
    fn keep(&mut self, name: &str, value: &str) {
        self.0.entry(name.to_owned()).or_default().insert(value.to_owned());
    }

    /// Keeps what is secret in a body.
    fn harvest(&mut self, body: &Value) {
        match body {
            Value::Object(members) if !members.contains_key(PROBLEM) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if SECRET.contains(&name.as_str()) => self.keep(name, text),
                        Value::Array(items) if SECRET.contains(&name.as_str()) => {
                            items.iter().filter_map(Value::as_str).for_each(|text| self.keep(name, text));
                        }
                        nested => self.harvest(nested),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.harvest(item)),
            _ => {}
        }
    }

    fn assert_nowhere_in(&self, place: &str, text: &str) {
        for (name, values) in &self.0 {
            for value in values {
                let line = text.lines().find(|line| contains(line, value));
                assert_eq!(line, None, "{name} {value} in {place}");
            }
        }
    }
}

/// Whether a line contains the value. Digits count where they stand alone, or each time of day would contain a code.
fn contains(line: &str, value: &str) -> bool {
    let is_short = value.len() < 12;
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.');
    line.match_indices(value).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + value.len()..].chars().next());
        !is_short || (!joins(before) && !joins(after))
    })
}

/// A client that keeps what is secret in all that it sends and gets.
struct Recorder<'a> {
    client: &'a Client,
    secrets: Secrets,
}

impl Recorder<'_> {
    async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.secrets.harvest(&body);
        let reply = self.client.post(path, body).await;
        self.secrets.harvest(&reply.body);
        reply
    }

    async fn post_as(&mut self, access: &str, path: &str, body: Value) -> Reply {
        self.secrets.harvest(&body);
        let reply = self.client.post_as(access, path, body).await;
        self.secrets.harvest(&reply.body);
        reply
    }

    async fn login(&mut self, email: &str, password: &str) -> Reply {
        let reply = self.post("/api/v1/auth/login", json!({"email": email, "password": password})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply
    }

    /// Registers, and logs in.
    async fn newcomer(&mut self, email: &str) -> Reply {
        let body = json!({"email": email, "password": PASSWORD, "display_name": "Canary"});
        assert_eq!(self.post("/api/v1/auth/register", body).await.status, 201);
        self.login(email, PASSWORD).await
    }

    /// The second step of a login.
    async fn second_step(&mut self, email: &str, method: &str, code: &str) -> Reply {
        let challenge = self.login(email, PASSWORD).await.text("/challenge_token");
        let body = json!({
            "challenge_token": challenge, "method": method, "code": code, "trust_device": true,
        });
        let reply = self.post("/api/v1/auth/mfa/verify", body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply
    }
}

fn now() -> i64 {
    SystemClock.now().unix_seconds()
}

/// An app, its codes and backup codes, a number, and what a passkey is asked.
async fn second_factors(recorder: &mut Recorder<'_>, node: &Node) {
    let email = "canary.factors@harbour.example";
    let access = recorder.newcomer(email).await.access();
    let begun = recorder.post_as(&access, "/api/v1/me/mfa/totp", Value::Null).await;
    let app = App::new(&begun.text("/secret"));
    let code = json!({"code": app.code_at(now())});
    let confirmed = recorder.post_as(&access, "/api/v1/me/mfa/totp/confirm", code).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let challenge = recorder.login(email, PASSWORD).await.text("/challenge_token");
    let wrong = json!({"challenge_token": challenge, "method": "totp", "code": "000000"});
    assert_eq!(recorder.client.post("/api/v1/auth/mfa/verify", wrong).await.status, 401);
    let access = recorder.second_step(email, "totp", &app.code_at(now() + 30)).await.access();
    recorder.second_step(email, "backup_code", &confirmed.text("/backup_codes/0")).await;
    let sent = recorder.post_as(&access, "/api/v1/me/mfa/sms", json!({"phone": NUMBER})).await;
    assert_eq!(sent.status, 202, "{sent:?}");
    let code = json!({"code": Phones::of(node.data_dir()).wait_for_nth(NUMBER, 1).await});
    let confirmed = recorder.post_as(&access, "/api/v1/me/mfa/sms/confirm", code).await;
    assert_eq!(confirmed.status, 204, "{confirmed:?}");
    let asked = recorder.post_as(&access, "/api/v1/me/passkeys/options", json!({})).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let asked = recorder.post("/api/v1/auth/passkey/options", json!({})).await;
    assert_eq!(asked.status, 200, "{asked:?}");
}

/// A reset by a link, refreshes and a replay.
async fn recovery_and_refreshes(recorder: &mut Recorder<'_>, node: &Node) {
    let email = "canary.links@harbour.example";
    let first = recorder.newcomer(email).await.refresh_token();
    let mut live = first.clone();
    for _ in 0..3 {
        let reply = recorder.post(REFRESH, json!({"refresh_token": live})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        live = reply.refresh_token();
    }
    let replayed = recorder.post(REFRESH, json!({"refresh_token": first})).await;
    replayed.assert_problem(401, "refresh_token_reused");
    let asked = recorder.post("/api/v1/auth/password/forgot", json!({"email": email})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let token = node.mailbox().wait_for(email, "reset_password").await.token();
    let body = json!({"token": token, "new_password": NEW_PASSWORD});
    let reset = recorder.post("/api/v1/auth/password/reset", body).await;
    assert_eq!(reset.status, 200, "{reset:?}");
    recorder.login(email, NEW_PASSWORD).await;
}

/// A browser, whose secrets are in cookies.
async fn cookies(recorder: &mut Recorder<'_>, node: &Node) {
    let mut browser = Browser::new(recorder.client, node.base_url());
    browser.signed_in().await;
    browser.post(REFRESH, Value::Null).await.assert_status(200);
    browser.csrf.iter().for_each(|token| recorder.secrets.keep("csrf_token", token));
    browser.jar.iter().for_each(|cookie| recorder.secrets.keep("cookie", &cookie.value));
}

/// A link on its page: the token is in the query of a `GET`, then in a cookie, and what is typed is in a form.
async fn pages(recorder: &mut Recorder<'_>, node: &Node) {
    let email = "canary.pages@harbour.example";
    recorder.newcomer(email).await;
    let asked = recorder.post("/api/v1/auth/password/forgot", json!({"email": email})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let mail = node.mailbox().wait_for(email, "reset_password").await;
    recorder.secrets.keep("link", &mail.token());
    let mut browser = Browser::new(recorder.client, node.base_url());
    let page = browser.open(&local(mail.link())).await;
    page.assert(200, "Set a new password");
    assert_eq!(browser.cookie("kindred_link_v1"), mail.token());
    recorder.secrets.keep("form", &page.hidden("csrf_token"));
    recorder.secrets.keep("form", TYPED_PASSWORD);
    browser.submit(&page, &[("new_password", TYPED_PASSWORD)]).await.assert(200, "Your password is set");
    browser.jar.iter().for_each(|cookie| recorder.secrets.keep("cookie", &cookie.value));
    recorder.login(email, TYPED_PASSWORD).await;
}

/// Requests that fail in every way that answers an error, with something secret where it does not belong.
async fn mistakes(recorder: &mut Recorder<'_>) {
    let lost = "canary-lost-in-the-wrong-place";
    recorder.secrets.keep("misplaced", lost);
    let client = recorder.client;
    for path in [format!("/api/v1/me?token={lost}"), format!("/api/v1/{lost}"), format!("/{lost}")] {
        let request =
            client.request(Method::GET, &path).bearer_auth(lost).header("Cookie", format!("a={lost}"));
        assert!([401, 404].contains(&send(request).await.status), "{path}");
    }
    let post = |path: &str| client.request(Method::POST, path).header("Content-Type", "application/json");
    for body in [format!("{{\"password\": \"{lost}\""), format!("[\"{lost}\"]"), format!("{{\"{lost}\": 1}}")]
    {
        let status = send(post("/api/v1/auth/login").body(body.clone())).await.status;
        assert!([400, 422].contains(&status), "{status} {body}");
    }
    let form = client.request(Method::POST, &format!("/account/reset-password?token={lost}"));
    let form = form.header("Content-Type", "application/x-www-form-urlencoded");
    let form = form.body(format!("csrf_token={lost}&link={lost}&new_password={lost}&{lost}=1"));
    let status = send(form).await.status;
    assert!((400..500).contains(&status), "{status}");
    for path in ["/api/v1/auth/refresh", "/api/v1/auth/password/reset", "/api/v1/auth/mfa/verify"] {
        let body = json!({"refresh_token": lost, "token": lost, "challenge_token": lost, "code": lost});
        let status = client.post(path, body).await.status;
        assert!((400..500).contains(&status), "{path} {status}");
    }
}

async fn metrics(node: &Node) -> String {
    let page = Client::new(node.ops_url()).get("/metrics").await;
    page.body.as_str().expect("text").to_owned()
}

#[apply(on_both_databases)]
async fn what_flows_is_nowhere_to_be_read(env: Env) {
    let collector = Collector::start().await;
    let settings = [
        ("KINDRED_TELEMETRY__LOG_LEVEL", "trace"),
        ("KINDRED_TELEMETRY__SLOW_REQUEST", "1ms"),
        ("KINDRED_TELEMETRY__OTLP_ENDPOINT", collector.url()),
        ("KINDRED_TELEMETRY__TRACE_SAMPLE_RATIO", "1"),
    ];
    let mut node = env.node(&settings).await;
    let client = node.client();
    let mut recorder = Recorder { client: &client, secrets: Secrets::default() };
    second_factors(&mut recorder, &node).await;
    recovery_and_refreshes(&mut recorder, &node).await;
    cookies(&mut recorder, &node).await;
    pages(&mut recorder, &node).await;
    mistakes(&mut recorder).await;
    let secrets = recorder.secrets;
    for name in SECRET {
        assert!(secrets.0.contains_key(*name), "no {name} has flowed");
    }
    secrets.assert_nowhere_in("the metrics", &metrics(&node).await);
    assert!(node.terminate().success());
    let logs = node.logs();
    secrets.assert_nowhere_in("the logs", &logs);
    assert!(logs.contains("slow request"), "{logs}");
    assert!(!logs.contains("panicked"), "{logs}");
    // The export is not compressed, so what is text in a span is text in its body.
    let bodies = collector.requests().into_iter().map(|request| request.body).collect::<Vec<_>>().concat();
    let spans = String::from_utf8_lossy(&bodies);
    for span in ["POST /api/v1/auth/refresh", "POST /api/v1/auth/mfa/verify", "password hash", "journal"] {
        assert!(spans.contains(span), "no span {span}");
    }
    secrets.assert_nowhere_in("the traces", &spans);
}

#[apply(on_both_databases)]
async fn a_panic_tells_no_secrets(env: Env) {
    let mut setup = env.setup(&[("KINDRED_TELEMETRY__LOG_LEVEL", "trace")]);
    setup.environment.push(("FAILPOINTS".to_owned(), "session.message=panic".to_owned()));
    let mut node = tokio::task::spawn_blocking(move || Node::start(setup)).await.expect("a node");
    let client = node.client();
    let mut recorder = Recorder { client: &client, secrets: Secrets::default() };
    let live = recorder.newcomer("canary.panics@harbour.example").await.refresh_token();
    let reply = recorder.post(REFRESH, json!({"refresh_token": live})).await;
    assert!(reply.status >= 500, "{reply:?}");
    let secrets = recorder.secrets;
    secrets.assert_nowhere_in("the metrics", &metrics(&node).await);
    node.terminate();
    let logs = node.logs();
    assert!(logs.contains("a test's fail point"), "{logs}");
    secrets.assert_nowhere_in("the logs", &logs);
}

#[test]
fn a_code_is_found_where_it_stands_alone() {
    assert!(contains("code=123456 next", "123456"));
    assert!(contains("\"code\":\"123456\"", "123456"));
    assert!(!contains("2026-01-01T00:00:00.123456Z", "123456"));
    assert!(contains("Bearer=eyJhbGciOiJFUzI1NiJ9x", "eyJhbGciOiJFUzI1NiJ9"));
}
