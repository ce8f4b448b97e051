//! Codes for the day the phone is gone.

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::{codes, step_up, verify};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::family::Family;
use crate::support::scene::Scene;

const RENEW: &str = "/api/v1/me/mfa/backup-codes";

#[apply(on_both_databases)]
async fn each_works_once_however_it_is_typed(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    prove_addresses(&env);
    let mailbox = scene.server.mailbox();
    let typed = [
        person.backup_codes[0].clone(),
        person.backup_codes[1].to_uppercase(),
        person.backup_codes[2].replace('-', " "),
    ];
    for (used, code) in typed.iter().enumerate() {
        let challenge = person.challenge(client).await;
        let reply = verify(client, &challenge, "backup_code", code).await;
        assert_eq!((reply.status, &reply.body["session"]["aal"]), (200, &json!(2)), "{reply:?}");
        mailbox.wait_for_nth(person.email(), "backup_code_used", used + 1).await;
        // All of one moment: they come in any order.
        let told = mailbox.all(person.email(), "backup_code_used");
        let left = (9 - used).to_string();
        assert!(told.iter().any(|mail| mail.text.contains(&left)), "{told:?}");
        let challenge = person.challenge(client).await;
        verify(client, &challenge, "backup_code", code).await.assert_problem(401, "mfa_code_invalid");
        // One warning of a kind in an hour.
        scene.clock.advance(std::time::Duration::from_secs(3_600));
    }
    assert!(mailbox.all(person.email(), "backup_codes_low").is_empty());
    // The owner is told when few are left.
    for code in &person.backup_codes[3..7] {
        let challenge = person.challenge(client).await;
        assert_eq!(verify(client, &challenge, "backup_code", code).await.status, 200);
    }
    mailbox.wait_for(person.email(), "backup_codes_low").await;
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn when_none_is_left_they_are_offered_no_more(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    for code in &person.backup_codes {
        let challenge = person.challenge(client).await;
        assert_eq!(verify(client, &challenge, "backup_code", code).await.status, 200);
    }
    let reply = client.login(person.email(), crate::support::client::PASSWORD).await;
    assert_eq!(reply.body["methods"], json!(["totp"]));
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_new_set_voids_the_old(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    prove_addresses(&env);
    let renewed = client.call(Method::POST, RENEW, person.family.access(), json!(null)).await;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    let fresh = codes(&renewed);
    assert_eq!(fresh.len(), 10);
    assert!(fresh.iter().all(|code| !person.backup_codes.contains(code)));
    // They let anyone in who has them: the owner is told.
    let told = scene.server.mailbox();
    told.wait_for(person.email(), "backup_codes_renewed").await;
    let challenge = person.challenge(client).await;
    let old = verify(client, &challenge, "backup_code", &person.backup_codes[0]).await;
    old.assert_problem(401, "mfa_code_invalid");
    assert_eq!(verify(client, &challenge, "backup_code", &fresh[0]).await.status, 200);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn they_never_stand_alone(env: Env) {
    let scene = Scene::start(&env, &[]).await;
    let mut family = Family::open(scene.client()).await;
    let refused = scene.client().call(Method::POST, RENEW, family.access(), json!(null)).await;
    refused.assert_problem(409, "conflict");
    let wrong = step_up(scene.client(), &mut family, "backup_code", "7k3mq-x9t2p").await;
    wrong.assert_problem(401, "mfa_code_invalid");
    scene.server.stop().await;
}

/// MF-06
#[apply(on_both_databases)]
async fn of_fifty_uses_at_once_one_succeeds(env: Env) {
    let scene = Scene::start(&env, &[("KINDRED_PASSWORD__QUEUE", "1000")]).await;
    let (client, person) = (scene.client(), scene.enrolled().await);
    let mut challenges = Vec::new();
    for _ in 0..5 {
        challenges.push(person.challenge(client).await);
    }
    let code = &person.backup_codes[0];
    let tries = join_all((0..50).map(async |number: usize| {
        verify(client, &challenges[number % 5], "backup_code", code).await.status
    }));
    let won = tries.await.into_iter().filter(|status| *status == 200).count();
    assert_eq!(won, 1);
    scene.server.stop().await;
}
