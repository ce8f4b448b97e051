//! The same code many times at once, at one server and at two.

use futures_util::future::join_all;
use kindred::clock::{Clock, SystemClock};
use macro_rules_attribute::apply;

use super::scene::{Enrolled, verify};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::Client;
use crate::support::eventually::eventually;
use crate::support::scene::Scene;
use crate::support::sql::sql;

/// MF-01, I-7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_code_at_two_servers_opens_one_session() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[]).await, env.node(&[]).await);
    let clients = [a.client(), b.client()];
    let person = Enrolled::new(&clients[0], SystemClock.now().unix_seconds()).await;
    let mut challenges = Vec::new();
    for number in 0..5 {
        challenges.push(person.challenge(&clients[number % 2]).await);
    }
    // The step after the one that was spent by the enrollment: good now, whatever second it is.
    let code = person.app.code_at(SystemClock.now().unix_seconds() + 30);
    let tries = join_all((0..50).map(async |number: usize| {
        verify(&clients[number % 2], &challenges[number % 5], "totp", &code).await.status
    }));
    let statuses = tries.await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(sql(&env, "SELECT count(*) FROM session_families WHERE aal = 2 AND generation = 1"), "1");
    // The rest was no guessing: the owner is not locked out by it. A minute passes for the app.
    sql(&env, "UPDATE totp_authenticators SET last_step = last_step - 2");
    eventually("the next code works", async || {
        let challenge = person.challenge(&clients[1]).await;
        let code = person.app.code_at(SystemClock.now().unix_seconds() + 30);
        (verify(&clients[1], &challenge, "totp", &code).await.status == 200).then_some(())
    })
    .await;
}

/// How many of these challenges, each with this backup code, open a session when they come to both servers at once.
async fn opened(clients: &[Client; 2], tries: &[(&str, &str)]) -> usize {
    let statuses = join_all(tries.iter().enumerate().map(async |(number, (challenge, code))| {
        verify(&clients[number % 2], challenge, "backup_code", code).await.status
    }));
    statuses.await.into_iter().filter(|status| *status == 200).count()
}

/// I-7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_two_servers_a_backup_code_and_a_challenge_open_one_session_each() {
    let env = Env::new(Backend::Postgres).await;
    let patient = [("KINDRED_PASSWORD__QUEUE", "1000")];
    let (a, b) = (env.node(&patient).await, env.node(&patient).await);
    let clients = [a.client(), b.client()];
    let person = Enrolled::new(&clients[0], SystemClock.now().unix_seconds()).await;
    let challenges = [person.challenge(&clients[0]).await, person.challenge(&clients[1]).await];
    // Each of the challenges comes to each of the servers.
    let tries = |number: usize| (challenges[number / 2 % 2].as_str(), person.backup_codes[0].as_str());
    assert_eq!(opened(&clients, &(0..12).map(tries).collect::<Vec<_>>()).await, 1, "one code");

    let person = Enrolled::new(&clients[1], SystemClock.now().unix_seconds()).await;
    let challenge = person.challenge(&clients[0]).await;
    // Different codes, all of them right.
    let tries = person.backup_codes.iter().map(|code| (challenge.as_str(), code.as_str()));
    assert_eq!(opened(&clients, &tries.collect::<Vec<_>>()).await, 1, "one challenge");
}

#[apply(on_both_databases)]
async fn one_challenge_opens_one_session(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_PASSWORD__QUEUE", "1000")]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let challenge = person.challenge(client).await;
    // Different codes, all of them right.
    let codes = &person.backup_codes;
    let tries =
        join_all(codes.iter().map(async |code| verify(client, &challenge, "backup_code", code).await.status));
    let statuses = tries.await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    let spent = sql(&env, "SELECT count(*) FROM backup_codes WHERE used_at IS NOT NULL");
    assert_eq!(spent, "1", "where no session opens, no code is spent");
    scene.server.stop().await;
}

/// AU-08, I-8: no more guesses are evaluated than the limit allows, over all flows together.
#[apply(on_both_databases)]
async fn parallel_guesses_are_as_many_as_the_limit_allows(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let mut challenges = Vec::new();
    for _ in 0..5 {
        challenges.push(person.challenge(client).await);
    }
    let wrong = person.app.wrong_at(scene.seconds());
    let tries = join_all((0..40).map(async |number: usize| {
        if number % 4 == 3 {
            super::scene::step_up(client, &mut person.family.clone(), "totp", &wrong).await.status
        } else {
            verify(client, &challenges[number % 5], "totp", &wrong).await.status
        }
    }));
    let statuses = tries.await;
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
    let evaluated = sql(&env, "SELECT count(*) FROM security_events WHERE kind = 'factor.failed'");
    assert_eq!(evaluated, "5");
    assert_eq!(sql(&env, "SELECT count(*) FROM security_events WHERE kind = 'factor.locked'"), "1");
    scene.server.stop().await;
}
