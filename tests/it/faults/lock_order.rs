//! Transactions that lock rows of the same account lock them in one order: PostgreSQL never has to give one up
//! for the sake of another. It would find out after a second only, and the journal's batch would wait with it.

use kindred::clock::{Clock, SystemClock};
use reqwest::Method;
use serde_json::json;

use super::lock::{Lock, are_waited_for};
use super::locked::PATIENT;
use crate::admin::common::person;
use crate::mfa::scene::{Enrolled, verify};
use crate::passkeys::scene::{Holder, SERVICE, usual};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD, Reply};
use crate::support::family::Family;
use crate::support::process::Node;
use crate::support::sql::sql;

/// A server on a database that does not notice who waits for each other: there they would wait until the
/// server's own patience ends.
async fn start(env: &Env) -> (Node, Client) {
    let database = sql(env, "SELECT current_database()");
    sql(env, &format!("ALTER DATABASE {database} SET deadlock_timeout = '1min'"));
    let node = env.node(&[SERVICE, &PATIENT].concat()).await;
    let client = node.client();
    (node, client)
}

/// Has both wait for the lock, in this order, and gives what they answer once it is free.
async fn in_turn(
    env: &Env,
    lock: Lock,
    first: impl Future<Output = Reply> + Send + 'static,
    second: impl Future<Output = Reply> + Send + 'static,
) -> [Reply; 2] {
    let first = tokio::spawn(first);
    are_waited_for(env, 1).await;
    let second = tokio::spawn(second);
    are_waited_for(env, 2).await;
    lock.release().await;
    [first.await.expect("an answer"), second.await.expect("an answer")]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_and_a_second_step() {
    let env = Env::new(Backend::Postgres).await;
    let (_node, client) = start(&env).await;
    let person = Enrolled::new(&client, SystemClock.now().unix_seconds()).await;
    let challenge = person.challenge(&client).await;
    let lock = Lock::session(&env, &person.family.id).await;
    let logout = {
        let (client, access) = (client.clone(), person.family.access().to_owned());
        async move { client.logout(&access).await }
    };
    let code = person.backup_codes[0].clone();
    let second_step = async move { verify(&client, &challenge, "backup_code", &code).await };
    let [ended, refused] = in_turn(&env, lock, logout, second_step).await;
    assert_eq!(ended.status, 204, "{ended:?}");
    // A logout that has left its line for a lock may come second.
    assert!(refused.status == 200 || refused.code() == "challenge_invalid", "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_and_a_login() {
    let env = Env::new(Backend::Postgres).await;
    let (_node, client) = start(&env).await;
    let family = Family::open(&client).await;
    let lock = Lock::session(&env, &family.id).await;
    let step_up = {
        let (client, family) = (client.clone(), family.clone());
        async move { client.step_up(family.access(), family.live(), PASSWORD).await }
    };
    let login = async move { client.login(&family.email, PASSWORD).await };
    for reply in in_turn(&env, lock, step_up, login).await {
        assert_eq!(reply.status, 200, "{reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_and_a_new_password() {
    let env = Env::new(Backend::Postgres).await;
    let (_node, client) = start(&env).await;
    let family = Family::open(&client).await;
    let other = family.sibling(&client).await;
    let lock = Lock::session(&env, &family.id).await;
    let step_up = {
        let (client, family) = (client.clone(), family.clone());
        async move { client.step_up(family.access(), family.live(), PASSWORD).await }
    };
    let change = async move {
        let body = json!({
            "current_password": PASSWORD, "new_password": "velvet lantern drizzle orbit", "refresh_token": other.live(),
        });
        client.call(Method::POST, "/api/v1/auth/password/change", other.access(), body).await
    };
    let [stepped_up, changed] = in_turn(&env, lock, step_up, change).await;
    assert_eq!((stepped_up.status, changed.status), (200, 200), "{stepped_up:?} {changed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_factor_and_a_logout() {
    let env = Env::new(Backend::Postgres).await;
    let (_node, client) = start(&env).await;
    let person = Enrolled::new(&client, SystemClock.now().unix_seconds()).await;
    let challenge = person.challenge(&client).await;
    let code = &person.backup_codes[0];
    let other = verify(&client, &challenge, "backup_code", code).await.access();
    let waiting = person.challenge(&client).await;
    let lock = Lock::session(&env, &person.family.id).await;
    let logout = {
        let (client, access) = (client.clone(), person.family.access().to_owned());
        async move { client.logout(&access).await }
    };
    let removal = {
        let client = client.clone();
        async move { client.call(Method::DELETE, "/api/v1/me/mfa/totp", &other, json!(null)).await }
    };
    let [ended, removed] = in_turn(&env, lock, logout, removal).await;
    assert_eq!((ended.status, removed.status), (204, 204), "{ended:?} {removed:?}");
    verify(&client, &waiting, "backup_code", &person.backup_codes[1])
        .await
        .assert_problem(401, "challenge_invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_of_factors_and_a_verification_by_passkey() {
    let env = Env::new(Backend::Postgres).await;
    let (_node, client) = start(&env).await;
    let admin = person(&env, &client, "user admin").await;
    let holder = Holder::new(&client).await;
    let id = client.me(holder.family.access()).await.text("/id");
    let access = holder.family.access().to_owned();
    let body = json!({"method": "webauthn"});
    let options = client.call(Method::POST, "/api/v1/auth/step-up/challenge", &access, body).await;
    let credential = holder.passkey.get(&options.body, &usual());
    let lock = Lock::all_of(&env, "passkeys").await;
    let reset = {
        let client = client.clone();
        async move { admin.act(&client, &id, "reset-mfa").await }
    };
    let verification = async move {
        let body =
            json!({"method": "webauthn", "credential": credential, "refresh_token": holder.family.live()});
        client.call(Method::POST, "/api/v1/auth/step-up", &access, body).await
    };
    let [reset, refused] = in_turn(&env, lock, reset, verification).await;
    assert_eq!(reset.status, 204, "{reset:?}");
    assert_eq!(refused.status, 401, "{refused:?}");
}
