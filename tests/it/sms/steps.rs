//! Codes by SMS over HTTP: as second step of a login, and to step up.

use std::time::Duration;

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::flows::other_than;
use super::scene::{Holder, NUMBER, PAUSE, start};
use crate::mfa::typed_codes::forms;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::eventually::eventually;
use crate::support::family::claims;
use crate::support::phones::Phones;
use crate::support::scene::Scene;

const CHALLENGE: &str = "/api/v1/auth/mfa/challenge";
const STEP_UP: &str = "/api/v1/auth/step-up";

async fn challenged(client: &Client, email: &str) -> String {
    let reply = client.login(email, PASSWORD).await;
    assert_eq!(reply.body["methods"], json!(["totp", "sms"]), "{reply:?}");
    reply.text("/challenge_token")
}

/// One second later, so that messages are in order.
async fn ask(scene: &Scene, token: &str) -> Reply {
    scene.clock.advance(Duration::from_secs(1));
    let client = scene.client();
    let body = json!({"challenge_token": token, "method": "sms"});
    send(client.request(Method::POST, CHALLENGE).json(&body)).await
}

async fn verify(client: &Client, token: &str, code: &str) -> Reply {
    let body = json!({"challenge_token": token, "method": "sms", "code": code});
    send(client.request(Method::POST, "/api/v1/auth/mfa/verify").json(&body)).await
}

#[apply(on_both_databases)]
async fn a_code_completes_a_login(env: Env) {
    let scene = start(&env, &[]).await;
    let (client, holder) = (scene.client(), scene.with_number(&env, NUMBER).await);
    let token = challenged(client, &holder.email).await;
    let sent = ask(&scene, &token).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    assert_eq!(sent.body, json!({"delivery": "sms", "to": "•••• 42", "expires_in": 600}));
    let code = scene.phones().wait_for_nth(NUMBER, 2).await;
    verify(client, &token, &other_than(&code)).await.assert_problem(401, "mfa_code_invalid");
    // OB-02: another login of the same person is another flow.
    let other = challenged(client, &holder.email).await;
    verify(client, &other, &code).await.assert_problem(401, "mfa_code_invalid");
    let reply = verify(client, &token, &code).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(claims(&reply.access())["amr"], json!(["pwd", "sms", "mfa"]));
    assert_eq!(claims(&reply.access())["acr"], "aal2");
    verify(client, &token, &code).await.assert_problem(401, "challenge_invalid");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_code_is_taken_as_people_type_and_paste_it(env: Env) {
    let scene = start(&env, &[("KINDRED_THROTTLE__SMS_PER_NETWORK_HOUR", "1000")]).await;
    let client = scene.client();
    for form in 0..forms("000000").len() {
        let (holder, number) = (Holder::of(&env, client).await, format!("+4917012345{form}2"));
        assert_eq!(holder.enroll(client, &number).await.status, 202);
        let typed = forms(&scene.phones().wait_for_nth(&number, 1).await)[form].clone();
        let confirmed = holder.confirm(client, &typed).await;
        assert_eq!(confirmed.status, 204, "{typed:?}: {confirmed:?}");
        let token = challenged(client, &holder.email).await;
        assert_eq!(ask(&scene, &token).await.status, 200);
        let typed = forms(&scene.phones().wait_for_nth(&number, 2).await)[form].clone();
        let reply = verify(client, &token, &typed).await;
        assert_eq!(reply.status, 200, "{typed:?}: {reply:?}");
    }
    scene.server.stop().await;
}

/// A code is good for few attempts, and what cannot be one is none of them.
#[apply(on_both_databases)]
async fn what_cannot_be_a_code_is_no_attempt(env: Env) {
    let scene = start(&env, &[]).await;
    let (client, holder) = (scene.client(), scene.with_number(&env, NUMBER).await);
    let token = challenged(client, &holder.email).await;
    assert_eq!(ask(&scene, &token).await.status, 200);
    let code = scene.phones().wait_for_nth(NUMBER, 2).await;
    for typed in
        ["123 45", "12345", "1234567", "12345u", "my code", "-", "12345²", "１２３４５", "1234567890"]
    {
        verify(client, &token, typed).await.assert_problem(401, "mfa_code_invalid");
    }
    let reply = verify(client, &token, &code).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_code_sent_again_takes_the_place_of_the_last(env: Env) {
    let scene = start(&env, &[]).await;
    let (client, holder) = (scene.client(), scene.with_number(&env, NUMBER).await);
    let token = challenged(client, &holder.email).await;
    assert_eq!(ask(&scene, &token).await.status, 200);
    let first = scene.phones().wait_for_nth(NUMBER, 2).await;
    ask(&scene, &token).await.assert_problem(429, "rate_limited");
    scene.clock.advance(PAUSE);
    assert_eq!(ask(&scene, &token).await.status, 200);
    let second = scene.phones().wait_for_nth(NUMBER, 3).await;
    if first != second {
        verify(client, &token, &first).await.assert_problem(401, "mfa_code_invalid");
    }
    assert_eq!(verify(client, &token, &second).await.status, 200);
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn a_code_is_good_for_what_it_was_sent_for(env: Env) {
    let scene = start(&env, &[]).await;
    let (client, holder) = (scene.client(), scene.with_number(&env, NUMBER).await);
    let token = challenged(client, &holder.email).await;
    assert_eq!(ask(&scene, &token).await.status, 200);
    let for_login = scene.phones().wait_for_nth(NUMBER, 2).await;
    let step_up = async |code: &str| {
        let body = json!({"method": "sms", "code": code, "refresh_token": holder.refresh});
        client.post_as(&holder.access, STEP_UP, body).await
    };
    step_up(&for_login).await.assert_problem(401, "mfa_code_invalid");
    scene.clock.advance(Duration::from_secs(1));
    let sent =
        client.post_as(&holder.access, "/api/v1/auth/step-up/challenge", json!({"method": "sms"})).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    let for_step_up = scene.phones().wait_for_nth(NUMBER, 3).await;
    if for_step_up != for_login {
        verify(client, &token, &for_step_up).await.assert_problem(401, "mfa_code_invalid");
    }
    scene.clock.advance(Duration::from_secs(200));
    let fresh = step_up(&for_step_up).await;
    assert_eq!(fresh.status, 200, "{fresh:?}");
    assert!(fresh.body["session"]["amr"].to_string().contains("sms"));
    scene.server.stop().await;
}

#[apply(on_both_databases)]
async fn without_a_number_none_is_sent(env: Env) {
    let scene = start(&env, &[]).await;
    let client = scene.client();
    let holder = Holder::of(&env, client).await;
    let token = client.login(&holder.email, PASSWORD).await.text("/challenge_token");
    let refused = ask(&scene, &token).await;
    refused.assert_problem(422, "validation_failed");
    assert_eq!(refused.body["errors"][0]["code"], "no_factor");
    ask(&scene, "kc1_unknown").await.assert_problem(401, "challenge_invalid");
    scene.server.stop().await;
}

/// I-7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_two_servers_a_code_opens_one_session() {
    let env = Env::new(Backend::Postgres).await;
    let prompt = [("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")];
    let nodes = [env.node(&prompt).await, env.node(&prompt).await];
    let clients = [nodes[0].client(), nodes[1].client()];
    // Either of them sends it.
    let sent = async |count: usize| {
        eventually("an SMS", async || {
            let all = nodes.each_ref().map(|node| Phones::of(node.data_dir()).all(NUMBER)).concat();
            (all.len() == count).then_some(all)
        })
        .await
    };
    let holder = Holder::of(&env, &clients[0]).await;
    assert_eq!(holder.enroll(&clients[0], NUMBER).await.status, 202);
    let first = sent(1).await.remove(0);
    assert_eq!(holder.confirm(&clients[1], &first).await.status, 204);
    let token = challenged(&clients[1], &holder.email).await;
    let body = json!({"challenge_token": token, "method": "sms"});
    assert_eq!(clients[0].post(CHALLENGE, body).await.status, 200);
    let code = sent(2).await.into_iter().find(|code| *code != first).unwrap_or(first);
    // As many as a login allows: more of them end it.
    let tries =
        join_all((0..5).map(async |number: usize| verify(&clients[number % 2], &token, &code).await.status));
    let statuses = tries.await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
}
