//! `kindred doctor`: a test for each finding, of the real binary.

mod rare;

use std::fs;
use std::process::{Command, Output};

use macro_rules_attribute::apply;
use serde_json::Value;

use crate::edge::program::free_port;
use crate::http::cli::{code, run, stderr, stdout};
use crate::support::backend::{Backend, Env, on_both_databases, sqlite_url};
use crate::support::fake_http::{Answer, FakeHttp};
use crate::support::faketime;
use crate::support::process::{Node, Setup, environment};
use crate::support::smtp_server::{Behaviour, Security, SmtpServer};
use crate::tls::common::{Files, pairs};

/// The finding of a check, of which there must be one.
fn finding(output: &Output, check: &str) -> Value {
    let report: Value =
        serde_json::from_str(&stdout(output)).unwrap_or_else(|_| panic!("{}", stderr(output)));
    let findings = report["findings"].as_array().expect("findings").clone();
    let mut found = findings.into_iter().filter(|finding| finding["check"] == check);
    let finding = found.next().unwrap_or_else(|| panic!("no finding of {check}: {report}"));
    let is_failing = report["status"] == "failed";
    assert_eq!(code(output), i32::from(is_failing), "{report}");
    finding
}

fn doctor(setup: &Setup, further: &[&str]) -> Output {
    run(setup, &[&["doctor", "--json"], further].concat())
}

/// The finding of a check has this status and these words; one that is not good says what to do.
fn assert_found(output: &Output, check: &str, status: &str, words: &str) {
    let finding = finding(output, check);
    assert_eq!(finding["status"], status, "{finding}");
    assert!(finding["message"].as_str().expect("a text").contains(words), "{finding}");
    let has_advice = finding["advice"].as_str().is_some_and(|advice| advice.len() > 20);
    assert_eq!(has_advice, ["failed", "warning"].contains(&status), "{finding}");
}

/// The setup of a server that runs, with its real public URL.
fn beside(node: &Node) -> Setup {
    let mut setup = node.setup().clone();
    setup.environment.push(("KINDRED_SERVER__PUBLIC_URL".to_owned(), node.base_url().to_owned()));
    setup
}

#[apply(on_both_databases)]
async fn a_healthy_server_has_no_findings_and_is_left_alone(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let output = doctor(&beside(&node), &[]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    for (check, words) in [
        ("configuration", "valid"),
        ("database", "up to date"),
        ("clock", "the clock is"),
        ("keys", "signs and verifies"),
        ("disk", "MiB free"),
        ("descriptors", "connections"),
        ("public_url", "the keys of this database"),
    ] {
        assert_found(&output, check, "ok", words);
    }
    for check in ["certificate", "smtp", "sms", "redis"] {
        assert_found(&output, check, "skipped", "");
    }
    client.refresh(&user.refresh, None).await.assert_status(200);
    let text = run(&beside(&node), &["doctor"]);
    assert!(stdout(&text).lines().any(|line| line.starts_with("keys          ok ")), "{}", stdout(&text));
}

#[tokio::test]
async fn wrong_settings_are_told_with_their_keys() {
    let env = Env::new(Backend::Sqlite).await;
    let wrong = env.setup(&[("KINDRED_SERVER__WORKERS", "0")]);
    assert_found(&doctor(&wrong, &[]), "configuration", "failed", "server.workers");
    let former = env.setup(&[("KINDRED_MFA__LOCKOUT", "10m")]);
    let output = doctor(&former, &["--offline"]);
    let report: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let warning =
        report["findings"].as_array().expect("findings").iter().find(|one| one["status"] == "warning");
    assert!(
        warning.expect("a warning")["message"].as_str().expect("a text").contains("throttle.factor_lockout")
    );
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_created() {
    let env = Env::new(Backend::Sqlite).await;
    let mut setup = env.setup(&[]);
    let file = setup.data_dir.join("missing.db");
    setup.database_url = sqlite_url(&file);
    assert_found(&doctor(&setup, &["--offline"]), "database", "warning", "does not exist");
    assert!(!file.exists());
    let mut setup = env.setup(&[("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "200ms")]);
    setup.database_url = format!("postgres://kindred@127.0.0.1:{}/kindred", free_port());
    assert_found(&doctor(&setup, &["--offline"]), "database", "failed", "cannot open the database");
}

#[tokio::test]
async fn a_file_that_is_no_database_and_a_schema_that_is_behind_are_told_apart() {
    let env = Env::unmigrated(Backend::Postgres).await;
    let strict = env.setup(&[("KINDRED_DATABASE__AUTO_MIGRATE", "false")]);
    assert_found(&doctor(&strict, &["--offline"]), "database", "failed", "have not been applied");
    let lenient = env.setup(&[("KINDRED_DATABASE__AUTO_MIGRATE", "true")]);
    assert_found(&doctor(&lenient, &["--offline"]), "database", "warning", "have not been applied");
    let env = Env::new(Backend::Sqlite).await;
    let mut setup = env.setup(&[]);
    let file = setup.data_dir.join("letter.db");
    fs::write(&file, "Dear database, this is a letter. ".repeat(200)).expect("a file");
    setup.database_url = sqlite_url(&file);
    assert_found(&doctor(&setup, &["--offline"]), "database", "failed", "cannot open the database");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&[]).await;
    for (seconds, status, words) in
        [(10, "warning", "ahead of the database"), (120, "failed", "ahead of the database")]
    {
        let mut setup = node.setup().clone();
        setup.environment.extend(faketime::off_by(seconds));
        assert_found(&doctor(&setup, &["--offline"]), "clock", status, words);
    }
    let mut setup = node.setup().clone();
    setup.environment.extend(faketime::off_by(-86_400));
    assert_found(&doctor(&setup, &["--offline"]), "clock", "failed", "is behind by");
}

#[tokio::test]
async fn keys_without_their_master_key_are_told() {
    const VARIABLE: &str = "KINDRED_SECRETS__MASTER_KEY";
    let env = Env::new(Backend::Sqlite).await;
    let mut setup = env.setup(&[]);
    setup.environment.retain(|(key, _)| key != VARIABLE);
    tokio::task::spawn_blocking({
        let setup = setup.clone();
        move || Node::start(setup).terminate()
    })
    .await
    .expect("a node");
    let mut other = setup.clone();
    other.environment.push((VARIABLE.to_owned(), "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQAAECAwQFBgc=".to_owned()));
    assert_found(&doctor(&other, &["--offline"]), "keys", "failed", "another master key");
    let file = setup.data_dir.join("master.key");
    fs::write(&file, "not a key\n").expect("a file");
    assert_found(&doctor(&setup, &["--offline"]), "keys", "failed", "does not hold a master key");
    fs::remove_file(&file).expect("a file");
    assert_found(&doctor(&setup, &["--offline"]), "keys", "failed", "no master key that opens them");
    assert!(!file.exists(), "and none is made");
}

#[tokio::test]
async fn a_certificate_is_judged_by_its_key_its_time_and_its_name() {
    let env = Env::new(Backend::Sqlite).await;
    env.node(&[]).await.terminate();
    let mut files = Files::new();
    let settings = files.settings();
    let mut given = pairs(&settings);
    given.push(("KINDRED_SERVER__PUBLIC_URL", "https://localhost:8443/"));
    let setup = env.setup(&given);
    let judged = |status: &str, words: &str| {
        assert_found(&doctor(&setup, &["--offline"]), "certificate", status, words);
    };
    judged("ok", "valid until");
    given.push(("KINDRED_SERVER__PUBLIC_URL", "https://id.example.com/"));
    let elsewhere = env.setup(&given);
    assert_found(&doctor(&elsewhere, &["--offline"]), "certificate", "failed", "not for the host");
    files.expire();
    judged("failed", "expired at");
    files.replace();
    files.spoil_key();
    judged("failed", "the key is not that of the certificate");
}

#[tokio::test]
async fn disk_space_and_descriptors_are_counted() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    assert_found(&doctor(&setup, &["--offline", "--min-free", "1"]), "disk", "ok", "MiB free");
    let most = u64::MAX.to_string();
    assert_found(&doctor(&setup, &["--offline", "--min-free", &most]), "disk", "failed", "MiB free");
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 300 && exec \"$0\" doctor --json --offline", env!("CARGO_BIN_EXE_kindred")])
        .current_dir(&setup.data_dir)
        .envs(environment(&setup))
        .output()
        .expect("a shell");
    assert_found(&output, "descriptors", "warning", "300 open files");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relay_is_tried_without_a_mail() {
    let env = Env::new(Backend::Sqlite).await;
    let relay = SmtpServer::start(Security::Starttls).await;
    let settings = relay.settings();
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let setup = env.setup(&settings);
    let examined = async |status: &str, words: &str| {
        let setup = setup.clone();
        let output = tokio::task::spawn_blocking(move || doctor(&setup, &[])).await.expect("a thread");
        assert_found(&output, "smtp", status, words);
    };
    examined("ok", "accepts connections and the login").await;
    assert!(relay.mails().is_empty(), "nothing is sent");
    relay.behave(Behaviour::LoginRefused);
    examined("failed", "").await;
    relay.behave(Behaviour::WrongCertificate);
    examined("failed", "").await;
    let silent = env.setup(&[("KINDRED_MAIL__TRANSPORT", "log")]);
    assert_found(&doctor(&silent, &[]), "smtp", "skipped", "mail.transport = log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sms_provider_is_asked_for_its_account() {
    let env = Env::new(Backend::Sqlite).await;
    let twilio = FakeHttp::answering(Answer::status(201, "{}")).await;
    let setup = env.setup(&[
        ("KINDRED_SMS__TRANSPORT", "twilio"),
        ("KINDRED_SMS__TWILIO_BASE_URL", twilio.url()),
        ("KINDRED_SMS__TWILIO_ACCOUNT_SID", "AC123"),
        ("KINDRED_SMS__TWILIO_AUTH_TOKEN", "hunter2"),
        ("KINDRED_SMS__FROM", "+4930123456"),
        ("KINDRED_SMS__ALLOW_PRIVATE", "true"),
    ]);
    let examined = async |status: &str, words: &str| {
        let setup = setup.clone();
        let output = tokio::task::spawn_blocking(move || doctor(&setup, &[])).await.expect("a thread");
        assert_found(&output, "sms", status, words);
        assert!(!stdout(&output).contains("hunter2"));
    };
    twilio.answer(Answer::status(200, "{}"));
    examined("ok", "accepts the account").await;
    let asked: Vec<String> = twilio.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(asked, ["GET /2010-04-01/Accounts/AC123.json HTTP/1.1"]);
    twilio.answer(Answer::status(401, r#"{"code":20003}"#));
    examined("failed", "401, error 20003").await;
}

#[tokio::test]
async fn a_redis_that_is_away_is_told() {
    let env = Env::new(Backend::Sqlite).await;
    let url = format!("redis://:hunter2@127.0.0.1:{}", free_port());
    let output = doctor(&env.setup(&[("KINDRED_REDIS__URL", url.as_str())]), &[]);
    assert_found(&output, "redis", "warning", "Redis cannot be used");
    assert!(!stdout(&output).contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_url_must_lead_here() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let mut setup = node.setup().clone();
    let mut leads_to = async |url: &str, status: &str, words: &str| {
        setup.environment.push(("KINDRED_SERVER__PUBLIC_URL".to_owned(), url.to_owned()));
        let setup = setup.clone();
        let output = tokio::task::spawn_blocking(move || doctor(&setup, &[])).await.expect("a thread");
        assert_found(&output, "public_url", status, words);
    };
    leads_to(node.base_url(), "ok", "the keys of this database").await;
    let other = Env::new(Backend::Sqlite).await;
    let other = other.node(&[]).await;
    leads_to(other.base_url(), "failed", "another installation").await;
    let page = FakeHttp::answering(Answer::status(200, "<html>")).await;
    leads_to(page.url(), "failed", "is not Kindred").await;
    leads_to(&format!("http://127.0.0.1:{}/", free_port()), "warning", "cannot be reached").await;
}
