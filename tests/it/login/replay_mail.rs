//! The owner of a session that a replay has ended is told: once, whatever comes after.

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use crate::http::common::prove_addresses;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::send;
use crate::support::family::Family;
use crate::support::security_events::details_in;

const TEMPLATE: &str = "replay_detected";

#[apply(on_both_databases)]
async fn each_session_that_a_replay_ends_is_told_of_once(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mailbox = node.mailbox();
    let mut first = Family::open(&client).await;
    let mut second = Family::open(&client).await;
    prove_addresses(&env);
    for family in [&mut first, &mut second] {
        family.rotate(&client).await;
        family.rotate(&client).await;
        family.rotate(&client).await;
        let thief = client
            .request(Method::POST, "/api/v1/auth/refresh")
            .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            .json(&json!({"refresh_token": family.refresh[0]}));
        send(thief).await.assert_problem(401, "refresh_token_reused");
        for token in &family.refresh {
            client.refresh(token, None).await.assert_problem(401, "session_revoked");
        }
        let mail = mailbox.wait_for(&family.email, TEMPLATE).await;
        assert!(mail.text.contains("Firefox on Linux"), "{}", mail.text);
        mailbox.settled(&env).await;
        assert_eq!(mailbox.all(&family.email, TEMPLATE).len(), 1);
    }
}

#[apply(on_both_databases)]
async fn no_other_end_is_a_theft(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    let other = family.sibling(&client).await;
    family.rotate(&client).await;
    assert_eq!(client.logout(family.access()).await.status, 204);
    assert_eq!(client.logout_all(other.access()).await.status, 200);
    family.assert_ended(&client).await;
    node.mailbox().assert_none(&env, &family.email, TEMPLATE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_replays_at_two_nodes_one_is_told_of() {
    let env = Env::new(Backend::Postgres).await;
    let (a, b) = (env.node(&[]).await, env.node(&[]).await);
    let clients = [a.client(), b.client()];
    let mut family = Family::open(&clients[0]).await;
    prove_addresses(&env);
    family.rotate(&clients[0]).await;
    family.rotate(&clients[0]).await;
    family.rotate(&clients[0]).await;
    let replays =
        (0..8).map(async |number: usize| clients[number % 2].refresh(&family.refresh[0], None).await);
    let replies = join_all(replays).await;
    let detected = replies.iter().filter(|reply| reply.code() == "refresh_token_reused").count();
    assert!(detected >= 1 && replies.iter().all(|reply| reply.status == 401), "{replies:?}");
    let mailbox = a.mailbox().and(b.data_dir());
    mailbox.wait_for(&family.email, TEMPLATE).await;
    mailbox.settled(&env).await;
    assert_eq!(mailbox.all(&family.email, TEMPLATE).len(), 1);
    assert_eq!(details_in(&env, "refresh_token.replayed", &family.id).len(), 1);
}
