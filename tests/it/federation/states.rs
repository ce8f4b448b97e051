//! What comes back counts in the browser in which it began, for its provider, and once.

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{COMPLETE, Scene, begin, code_of, come_back, error_of, location, node, parameters};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{send, unique_email};
use crate::support::fake_provider::{FakeProvider, Person};
use crate::support::process::Node;
use crate::support::sql::sql;

/// Where a browser goes whose answer belongs to no login.
#[track_caller]
fn assert_refused(back: &str) {
    assert!(back.contains("/login?"), "{back}");
    assert_eq!(error_of(back), "federation_failed");
}

#[tokio::test]
async fn an_answer_without_the_cookie_of_its_browser_is_refused() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let (mut own, mut other) = (scene.browser(), scene.browser());
    let authorize = begin(&mut own, "staff", "").await;
    let answer = scene.staff.log_in(&authorize, &Person::at("1", &unique_email()));
    // A stranger's login that is to be completed in someone else's browser (RFC 9700 §4.7).
    assert_refused(&come_back(&mut other, &answer).await);
    begin(&mut other, "staff", "").await;
    assert_refused(&come_back(&mut other, &answer).await);
    let mut planted = own.clone();
    planted.plant("kindred_fed_v1", &"x".repeat(43));
    assert_refused(&come_back(&mut planted, &answer).await);
    for changed in ["x", "", "%00"] {
        let path = format!("/api/v1/auth/federation/staff/callback?code=c&state={changed}");
        assert_refused(&come_back(&mut own, &path).await);
    }
    for query in ["", "?code=c", "?state=s", "?code=a&code=b&state=s", "?code=a&error=b&state=s"] {
        assert_refused(&come_back(&mut own, &format!("/api/v1/auth/federation/staff/callback{query}")).await);
    }
    assert_eq!(scene.staff.exchanges(), 0, "the provider is not asked for any of them");
    let back = come_back(&mut own, &answer).await;
    own.post(COMPLETE, json!({ "code": code_of(&back) })).await.assert_status(200);
}

/// A provider that is not honest hands out the code of another one (RFC 9700 §4.4).
#[tokio::test]
async fn an_answer_counts_for_its_own_provider_only() {
    let env = Env::new(Backend::Sqlite).await;
    let (honest, evil) = (FakeProvider::start().await, FakeProvider::start().await);
    let node = node(&env, &[&honest.settings("honest"), &evil.settings("evil")], &[]).await;
    let mut browser = crate::browser::jar::Browser::new(&node.client(), node.base_url());
    let authorize = begin(&mut browser, "evil", "").await;
    // The victim logs in at the honest provider, and the answer goes to the address of the evil one, and the other way.
    let answer = honest.log_in(&authorize, &Person::at("1", &unique_email()));
    let swapped = answer.replace("/evil/", "/honest/");
    assert_refused(&come_back(&mut browser, &swapped).await);
    assert_eq!(error_of(&come_back(&mut browser, &answer).await), "federation_failed");
    assert_eq!((honest.exchanges(), evil.exchanges()), (0, 1), "the code never reaches another provider");
}

#[tokio::test]
async fn twenty_tabs_do_not_disturb_each_other() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let (mut browser, email) = (scene.browser(), unique_email());
    let mut answers = Vec::new();
    for _ in 0..20 {
        let authorize = begin(&mut browser, "staff", "").await;
        answers.push(scene.staff.log_in(&authorize, &Person::at("1", &email)));
    }
    assert_eq!(browser.jar.len(), 1, "one cookie for all of them: {:?}", browser.jar);
    assert_eq!(sql(&env, "SELECT count(*) FROM federation_uses"), "0", "the start writes nothing");
    for answer in answers.iter().rev() {
        let code = code_of(&come_back(&mut browser, answer).await);
        browser.post(COMPLETE, json!({ "code": code })).await.assert_status(200);
    }
    for answer in &answers {
        assert_refused(&come_back(&mut browser, answer).await);
    }
}

/// On PostgreSQL at two nodes.
#[apply(on_both_databases)]
async fn of_fifty_uses_at_once_one_counts(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let mut browser = scene.browser();
    let authorize = begin(&mut browser, "staff", "").await;
    let answer = scene.staff.log_in(&authorize, &Person::at("1", &unique_email()));
    let cookie = browser.jar.iter().map(|stored| format!("{}={}", stored.name, stored.value));
    let cookie = cookie.collect::<Vec<_>>().join("; ");
    let second = match env.backend() {
        Backend::Postgres => Some(node(&env, &[&scene.staff.settings("staff")], &[]).await),
        Backend::Sqlite => None,
    };
    let clients = [scene.client(), second.as_ref().map_or_else(|| scene.client(), Node::client)];
    let request =
        |n: usize, method, path: &str| clients[n % 2].request(method, path).header("Cookie", &cookie);
    let returns = (0..50).map(|n| send(request(n, Method::GET, &answer)));
    let backs: Vec<String> = join_all(returns).await.iter().map(location).collect();
    let codes: Vec<String> =
        backs.iter().filter_map(|back| parameters(back).remove("federation_code")).collect();
    assert_eq!((codes.len(), scene.staff.exchanges()), (1, 1), "{backs:?}");
    let body = json!({ "code": codes[0] });
    let uses = (0..50).map(|n| send(request(n, Method::POST, COMPLETE).json(&body)));
    let replies = join_all(uses).await;
    let let_in = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(let_in, 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    for refused in replies.iter().filter(|reply| reply.status != 200) {
        assert!(["federation_failed", "overloaded"].contains(&refused.code()), "{refused:?}");
    }
}

/// Apple sends a form from its own site, so the browser comes without its cookie at first.
#[tokio::test]
async fn a_form_is_only_turned_into_a_query() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, &[]).await;
    let mut browser = scene.browser();
    let authorize = begin(&mut browser, "staff", "").await;
    let answer = scene.staff.log_in(&authorize, &Person::at("1", &unique_email()));
    let (path, query) = answer.split_once('?').expect("a query");
    let form = format!("{query}&id_token=x&user=%7B%7D");
    let post = |body: String, kind: &str| {
        let request =
            scene.client().request(Method::POST, path).header("Origin", "https://appleid.apple.com");
        send(request.header("Content-Type", kind.to_owned()).body(body))
    };
    let kind = "application/x-www-form-urlencoded";
    let turned = post(form, kind).await;
    turned.assert_status(303);
    assert!(!turned.headers.contains_key("set-cookie"));
    let next = location(&turned);
    assert_eq!(next.split_once('?').expect("a query").0, "callback");
    assert!(!next.contains("id_token") && next.contains("user="), "{next}");
    assert_eq!(scene.staff.exchanges(), 0);
    let back = come_back(&mut browser, &format!("{}/{next}", path.rsplit_once('/').expect("a path").0)).await;
    browser.post(COMPLETE, json!({ "code": code_of(&back) })).await.assert_status(200);
    post("code=a&code=b&state=c".to_owned(), kind).await.assert_problem(400, "invalid_request");
    post("{}".to_owned(), "application/json").await.assert_problem(415, "unsupported_media_type");
    let by_browser = browser.post(path, Value::Null).await;
    by_browser.assert_problem(415, "unsupported_media_type");
}
