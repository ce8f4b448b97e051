//! Passwords that became public are refused wherever one is chosen, and nowhere else (PW-07).

use std::fs;
use std::process::Output;

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{CHANGE, LinkScene, NEW_PASSWORD, OWN_PASSWORD, REGISTER, REQUIRED, invite};
use crate::faults::refusal::refusal;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, unique_email};
use crate::support::fake_http::{Answer, FakeHttp};
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::process::{Node, command};

/// Strong by all other rules; its SHA-1 is below.
const BREACHED: &str = "quiet-Walnut-58-harbour";
const SHA1: &str = "87D9CEEE619ACE09D7E6A7EA91473FB0B1E1AF3E";

const ANSWERS: &str = "auth_breached_password_checks_total";

/// Answers for the prefix with three hashes: padding, the breached one, and the end of the list.
async fn have_i_been_pwned() -> FakeHttp {
    let (prefix, rest) = SHA1.split_at(5);
    FakeHttp::start(move |request| {
        let padding = format!("{}:0\r\n", "0".repeat(35));
        let found = format!("{rest}:42\r\n");
        let is_prefix = request.line == format!("GET /range/{prefix} HTTP/1.1");
        Answer::status(200, if is_prefix { padding + &found } else { padding })
    })
    .await
}

fn settings(service: &FakeHttp) -> [(&'static str, &str); 4] {
    [
        ("KINDRED_BREACHED__MODE", "range"),
        ("KINDRED_BREACHED__BASE_URL", service.url()),
        ("KINDRED_BREACHED__ALLOW_PRIVATE", "true"),
        // Long, so that a busy machine is not taken for a silent service.
        ("KINDRED_BREACHED__TIMEOUT", "10s"),
    ]
}

fn assert_breached(reply: &Reply, field: &str) {
    reply.assert_problem(422, "breached_password");
    assert_eq!(
        (reply.text("/errors/0/field").as_str(), reply.text("/errors/0/code").as_str()),
        (field, "breached")
    );
}

async fn answers(node: &Node, outcome: &str) -> f64 {
    metric(node, ANSWERS, &[("outcome", outcome)]).await
}

#[apply(on_both_databases)]
async fn it_is_refused_wherever_a_password_is_chosen(env: Env) {
    let service = have_i_been_pwned().await;
    let scene = LinkScene::start(&env, &settings(&service)).await;
    let email = unique_email();
    assert_breached(&scene.client.register(&email, BREACHED).await, "password");
    let request = service.requests().remove(0);
    assert_eq!(request.line, format!("GET /range/{} HTTP/1.1", &SHA1[..5]), "no more than five digits");
    assert_eq!(request.header("add-padding"), Some("true"));

    let mut family = Family::open(&scene.client).await;
    let live = family.live().to_owned();
    let change = json!({"current_password": PASSWORD, "new_password": BREACHED, "refresh_token": live});
    let access = family.access().to_owned();
    assert_breached(&scene.client.post_as(&access, CHANGE, change).await, "new_password");
    family.assert_lives(&scene.client).await;

    let token = scene.reset_token(&family.email, 1).await;
    assert_breached(&scene.reset(&token, BREACHED).await, "new_password");
    assert_eq!(scene.reset(&token, NEW_PASSWORD).await.status, 200, "the link was not used up");
    assert_eq!(answers(&scene.node, "breached").await, 3.0);
    assert_eq!(answers(&scene.node, "clean").await, 2.0, "the registration and the reset");
    assert_eq!(answers(&scene.node, "failed_open").await, 0.0);
}

#[apply(on_both_databases)]
async fn it_is_refused_for_a_registration_that_waits(env: Env) {
    let service = have_i_been_pwned().await;
    let mut with_verification = settings(&service).to_vec();
    with_verification.push(REQUIRED);
    let scene = LinkScene::start(&env, &with_verification).await;
    let email = unique_email();
    assert_breached(&scene.client.register(&email, BREACHED).await, "password");
    assert_eq!(scene.client.register(&email, PASSWORD).await.status, 202);
    let token = scene.mailbox.wait_for(&email, "verify_email").await.token();
    let own = json!({"token": token, "new_password": BREACHED});
    assert_breached(&scene.post(OWN_PASSWORD, own).await, "new_password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_asks_no_service() {
    let env = Env::new(Backend::Sqlite).await;
    let service = have_i_been_pwned().await;
    let before = env.node(&[]).await;
    let email = unique_email();
    before.client().register(&email, BREACHED).await.assert_status(201);
    drop(before);
    let node = env.node(&settings(&service)).await;
    node.client().login(&email, BREACHED).await.assert_status(200);
    node.client().login(&email, "wrong-Walnut-58-harbour").await.assert_problem(401, "invalid_credentials");
    // What other rules refuse does not leave the server either.
    node.client().register(&unique_email(), "password1").await.assert_problem(422, "weak_password");
    assert_eq!(service.requests(), []);
}

async fn assert_accepted_after(answer: Answer, timeout: &str) {
    let env = Env::new(Backend::Sqlite).await;
    let service = FakeHttp::answering(answer).await;
    let mut settings = settings(&service);
    settings[3].1 = timeout;
    let node = env.node(&settings).await;
    node.client().register(&unique_email(), BREACHED).await.assert_status(201);
    assert_eq!(answers(&node, "failed_open").await, 1.0);
    // None, where the machine is too busy to send one in time.
    assert!(service.requests().len() <= 1, "it is asked once");
    let logs = node.logged("cannot find out whether a password was breached").await;
    assert!(!logs.contains(&SHA1[..5]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_service_keeps_no_one_out() {
    assert_accepted_after(Answer::Silence, "200ms").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_service_keeps_no_one_out() {
    assert_accepted_after(Answer::status(503, ""), "10s").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_answer_is_not_read() {
    assert_accepted_after(Answer::status(200, "0".repeat(2 << 20)), "10s").await;
}

fn build(env: &Env, arguments: &[&str]) -> Output {
    command(&env.setup(&[])).arg("breached").args(arguments).output().expect("the binary starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_serves_without_the_network() {
    let env = Env::new(Backend::Sqlite).await;
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (list, file) = (at("list.txt"), at("breached.bin"));
    fs::write(&list, format!("{}:3\r\n{SHA1}:42\r\n{}:1\r\n", "0".repeat(40), "F".repeat(40)))
        .expect("a list");
    let built = build(&env, &["build", &list, &file]);
    assert!(built.status.success(), "{built:?}");
    assert_eq!(String::from_utf8_lossy(&built.stdout), format!("{file}: 3 hashes\n"));
    assert!(build(&env, &["check", &file]).status.success());

    let settings = [("KINDRED_BREACHED__MODE", "file"), ("KINDRED_BREACHED__FILE", file.as_str())];
    let node = env.node(&settings).await;
    assert_breached(&node.client().register(&unique_email(), BREACHED).await, "password");
    node.client().register(&unique_email(), PASSWORD).await.assert_status(201);
    assert_eq!((answers(&node, "breached").await, answers(&node, "clean").await), (1.0, 1.0));
    drop(node);

    let whole = fs::read(&file).expect("a file");
    fs::write(&file, &whole[..whole.len() - 1]).expect("a shorter file");
    let message = refusal(&env.setup(&settings));
    assert!(message.contains("breached.file") && message.contains(&file), "{message}");
    assert!(!build(&env, &["check", &file]).status.success());
    fs::remove_file(&file).expect("it is there");
    let message = refusal(&env.setup(&settings));
    assert!(message.contains("breached.file") && message.contains(&file), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_is_none_makes_no_file() {
    let env = Env::new(Backend::Sqlite).await;
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (list, file) = (at("list.txt"), at("breached.bin"));
    fs::write(&list, format!("{}:1\nhello\n", "0".repeat(40))).expect("a list");
    let built = build(&env, &["build", &list, &file]);
    assert_eq!(built.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(errors.contains(&format!("{list}: line 2 ")), "{errors}");
    assert!(!fs::exists(&file).expect("a folder"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_not_spent_by_it() {
    let env = Env::new(Backend::Sqlite).await;
    let service = have_i_been_pwned().await;
    let scene = LinkScene::start(&env, &settings(&service)).await;
    let email = unique_email();
    let token = invite(&env, &email, "user", i64::MAX);
    let body = |password: &str| json!({"email": email, "password": password, "invitation_token": token});
    assert_breached(&scene.post(REGISTER, body(BREACHED)).await, "password");
    scene.post(REGISTER, body(PASSWORD)).await.assert_status(201);
}
