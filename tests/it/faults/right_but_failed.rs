//! F-12: a password or a code is right, and the database fails while it is used. It was no guess, and does not count as one:
//! owners who try again would be locked out otherwise.

use reqwest::Method;
use serde_json::json;

use super::lock::Lock;
use crate::accounts::scene::{LinkScene, VERIFY};
use crate::mfa::scene::{Enrolled, STEP, verify};
use crate::sms::scene::{self, Holder, NUMBER};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, Reply, send, served, unique_email};
use crate::support::eventually::eventually;
use crate::support::scene::Scene;
use crate::support::sql::sql;

const IMPATIENT: (&str, &str) = ("KINDRED_DATABASE__STATEMENT_TIMEOUT", "2s");
/// The first wrong password delays the next one.
const ONE_PASSWORD: (&str, &str) = ("KINDRED_THROTTLE__PASSWORD_FAILURES", "1");
/// Two wrong codes lock the factor.
const TWO_CODES: (&str, &str) = ("KINDRED_THROTTLE__FACTOR_FAILURES", "2");

async fn no_password_counts(env: &Env) {
    none_counts(env, "SELECT sum(failures + known_failures) FROM password_credentials").await;
}

async fn no_code_counts(env: &Env) {
    none_counts(env, "SELECT sum(consecutive) FROM factor_attempts").await;
}

async fn none_counts(env: &Env, counted: &str) {
    eventually("none counts as wrong", async || (sql(env, counted) == "0").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&[IMPATIENT, ONE_PASSWORD]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let lock = Lock::user(&env, &user.email).await;
    client.login(&user.email, PASSWORD).await.assert_problem(503, "unavailable");
    no_password_counts(&env).await;
    client.step_up(&user.access, &user.refresh, PASSWORD).await.assert_problem(503, "unavailable");
    no_password_counts(&env).await;
    let change = json!({
        "current_password": PASSWORD, "new_password": "meadow copper whistle orchard", "refresh_token": user.refresh,
    });
    let changed = client.call(Method::POST, "/api/v1/auth/password/change", &user.access, change).await;
    changed.assert_problem(503, "unavailable");
    no_password_counts(&env).await;
    lock.release().await;
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_with_the_link_of_an_address() {
    let env = Env::new(Backend::Postgres).await;
    let scene = LinkScene::start(&env, &[IMPATIENT, ONE_PASSWORD]).await;
    let email = unique_email();
    assert_eq!(scene.client.register(&email, PASSWORD).await.status, 201);
    let token = scene.mailbox.wait_for(&email, "verify_email").await.token();
    let lock = Lock::user(&env, &email).await;
    let body = json!({ "token": token, "password": PASSWORD });
    scene.post(VERIFY, body).await.assert_problem(503, "unavailable");
    no_password_counts(&env).await;
    lock.release().await;
    assert_eq!(scene.verify(&token).await.status, 200, "the link still works");
}

/// Two people with all kinds of codes. Each kind was used once, so that its attempts have a row.
async fn start(env: &Env) -> (Scene, Enrolled, Holder) {
    let scene = scene::start(env, &[IMPATIENT, TWO_CODES]).await;
    let person = scene.enrolled().await;
    let challenge = person.challenge(scene.client()).await;
    let used = verify(scene.client(), &challenge, "backup_code", &person.backup_codes[0]).await;
    assert_eq!(used.status, 200, "{used:?}");
    let holder = scene.with_number(env, NUMBER).await;
    (scene, person, holder)
}

async fn ask_for_sms(scene: &Scene, path: &str, access: Option<&str>, body: serde_json::Value) -> String {
    let sent = scene.phones().all(NUMBER).len();
    scene.clock.advance(scene::PAUSE);
    let request = scene.client().request(Method::POST, path).json(&body);
    let reply = send(match access {
        Some(access) => request.bearer_auth(access),
        None => request,
    })
    .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    scene.phones().wait_for_nth(NUMBER, sent + 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_at_a_login() {
    let env = Env::new(Backend::Postgres).await;
    let (scene, person, holder) = start(&env).await;
    let client = scene.client();
    let for_sms = client.login(&holder.email, PASSWORD).await.text("/challenge_token");
    let asked = json!({ "challenge_token": for_sms, "method": "sms" });
    let sms = ask_for_sms(&scene, "/api/v1/auth/mfa/challenge", None, asked).await;
    let code = person.app.code_at(scene.seconds());
    let for_app = person.challenge(client).await;
    let for_backup = person.challenge(client).await;
    // Where it is spent, and for codes by SMS also where it is read to be compared; and where the session opens.
    let tried: [(&[&str], _, _, _); 3] = [
        (&["totp_authenticators", "users"], &for_app, "totp", &code),
        (&["backup_codes", "users"], &for_backup, "backup_code", &person.backup_codes[1]),
        (&["sms_codes", "sms_authenticators", "users"], &for_sms, "sms", &sms),
    ];
    for (tables, challenge, method, code) in tried {
        for table in tables {
            let lock = Lock::all_of(&env, table).await;
            verify(client, challenge, method, code).await.assert_problem(503, "unavailable");
            no_code_counts(&env).await;
            lock.release().await;
        }
        let reply = verify(client, challenge, method, code).await;
        assert_eq!(reply.status, 200, "{method} is not spent: {reply:?}");
    }
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_with_the_link_of_a_reset() {
    let env = Env::new(Backend::Postgres).await;
    let (scene, person, _) = start(&env).await;
    let (client, mailbox) = (scene.client(), scene.server.mailbox());
    let token = mailbox.wait_for(person.email(), "verify_email").await.token();
    let body = json!({ "token": token, "password": PASSWORD });
    assert_eq!(client.post(VERIFY, body).await.status, 200);
    let asked = client.post("/api/v1/auth/password/forgot", json!({ "email": person.email() })).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let token = mailbox.wait_for(person.email(), "reset_password").await.token();
    let code = person.app.code_at(scene.seconds());
    let reset = async || {
        let mfa = json!({ "method": "totp", "code": code });
        let body = json!({ "token": token, "new_password": "meadow copper whistle orchard", "mfa": mfa });
        client.post("/api/v1/auth/password/reset", body).await
    };
    for table in ["totp_authenticators", "users"] {
        let lock = Lock::all_of(&env, table).await;
        reset().await.assert_problem(503, "unavailable");
        no_code_counts(&env).await;
        lock.release().await;
    }
    let reply = reset().await;
    assert_eq!(reply.status, 200, "neither the link nor the code is spent: {reply:?}");
    scene.server.stop().await;
}

async fn step_up(client: &Client, (access, refresh): (&str, &str), method: &str, code: &str) -> Reply {
    let body = json!({ "method": method, "code": code, "refresh_token": refresh });
    client.post_as(access, "/api/v1/auth/step-up", body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_at_a_step_up() {
    let env = Env::new(Backend::Postgres).await;
    let (scene, mut person, holder) = start(&env).await;
    let client = scene.client();
    let asked = json!({ "method": "sms" });
    let sms = ask_for_sms(&scene, "/api/v1/auth/step-up/challenge", Some(&holder.access), asked).await;
    for (method, code) in [("totp", None), ("backup_code", Some(person.backup_codes[1].clone()))] {
        scene.clock.advance(STEP);
        person.family.rotate(client).await;
        let code = code.unwrap_or_else(|| person.app.code_at(scene.seconds()));
        let session = (person.family.access(), person.family.live());
        let stepped_up = refused_at_first(&env, client, (&person.family.id, session), (method, &code)).await;
        person.family.take(&stepped_up);
    }
    let session = (holder.access.as_str(), holder.refresh.as_str());
    refused_at_first(&env, client, (&holder.session_id, session), ("sms", &sms)).await;
    scene.server.stop().await;
}

/// The session is locked while the code is to be spent; when it is free, the same code is good.
async fn refused_at_first(
    env: &Env,
    client: &Client,
    (session_id, session): (&str, (&str, &str)),
    (method, code): (&str, &str),
) -> Reply {
    let lock = Lock::session(env, session_id).await;
    step_up(client, session, method, code).await.assert_problem(503, "unavailable");
    no_code_counts(env).await;
    lock.release().await;
    let reply = served(async || step_up(client, session, method, code).await).await;
    assert_eq!(reply.status, 200, "{method} is not spent: {reply:?}");
    reply
}
