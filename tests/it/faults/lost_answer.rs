//! F-15, F-16: the network loses answers and doubles requests.

use macro_rules_attribute::apply;

use super::database::address;
use super::ledger::generation;
use crate::support::backend::{Env, on_both_databases};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::client::Client;
use crate::support::family::{NO_RACE, age};

const ATTEMPT: Option<&str> = Some("an-attempt-of-this-test");

/// A client whose answers can be lost.
async fn behind_a_proxy(base_url: &str) -> (ChaosProxy, Client) {
    let proxy = ChaosProxy::start(address(base_url)).await;
    let client = Client::new(&format!("http://{}", proxy.addr()));
    (proxy, client)
}

/// The claims that must not differ between an answer and its repetition.
fn claims(access: &str) -> String {
    use base64::Engine;
    let part = access.split('.').nth(1).expect("three parts");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part);
    String::from_utf8(bytes.expect("base64url")).expect("JSON")
}

#[apply(on_both_databases)]
async fn a_named_refresh_is_found_again_however_often_its_answer_is_lost(env: Env) {
    let node = env.node(&[]).await;
    let (proxy, client) = behind_a_proxy(node.base_url()).await;
    let mut token = client.signed_in().await.refresh;
    for losses in 1..=3 {
        let attempt = format!("attempt-number-{losses:0>4}");
        proxy.drop_responses(true);
        for _ in 0..losses {
            assert!(client.try_refresh(&token, Some(&attempt)).await.is_err());
        }
        proxy.drop_responses(false);
        let (first, second) =
            (client.refresh(&token, Some(&attempt)).await, client.refresh(&token, Some(&attempt)).await);
        assert_eq!((first.status, second.status), (200, 200), "{first:?} {second:?}");
        assert_eq!(first.refresh_token(), second.refresh_token());
        assert_eq!(claims(&first.access()), claims(&second.access()));
        assert_eq!(generation(&first.refresh_token()), generation(&token) + 1);
        token = first.refresh_token();
    }
    assert_eq!(client.refresh(&token, None).await.status, 200);
}

#[apply(on_both_databases)]
async fn without_a_name_a_lost_answer_forks_nothing(env: Env) {
    let node = env.node(&[]).await;
    let (proxy, client) = behind_a_proxy(node.base_url()).await;
    let user = client.signed_in().await;
    proxy.drop_responses(true);
    assert!(client.try_refresh(&user.refresh, None).await.is_err());
    proxy.drop_responses(false);
    client.refresh(&user.refresh, None).await.assert_problem(409, "refresh_in_flight");
    age(&env, &user.session_id, NO_RACE);
    client.refresh(&user.refresh, None).await.assert_problem(401, "refresh_token_reused");
}

#[apply(on_both_databases)]
async fn with_a_grace_the_lost_answer_is_repeated(env: Env) {
    let node = env.node(&[("KINDRED_REFRESH__GRACE", "1m")]).await;
    let (proxy, client) = behind_a_proxy(node.base_url()).await;
    let user = client.signed_in().await;
    proxy.drop_responses(true);
    assert!(client.try_refresh(&user.refresh, None).await.is_err());
    proxy.drop_responses(false);
    let reply = client.refresh(&user.refresh, None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(client.refresh(&reply.refresh_token(), None).await.status, 200);
    client.refresh(&user.refresh, None).await.assert_problem(409, "refresh_in_flight");
    age(&env, &user.session_id, NO_RACE);
    client.refresh(&user.refresh, None).await.assert_problem(401, "refresh_token_reused");
}

#[apply(on_both_databases)]
async fn a_lost_logout_has_happened(env: Env) {
    let node = env.node(&[]).await;
    let (proxy, client) = behind_a_proxy(node.base_url()).await;
    let user = client.signed_in().await;
    proxy.drop_responses(true);
    let logout = client.request(reqwest::Method::POST, "/api/v1/auth/logout");
    assert!(logout.bearer_auth(&user.access).send().await.is_err());
    proxy.drop_responses(false);
    client.refresh(&user.refresh, None).await.assert_problem(401, "session_revoked");
    assert_eq!(client.logout(&user.access).await.status, 204, "again is fine");
}

#[apply(on_both_databases)]
async fn doubled_requests_get_one_successor(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let mut token = client.signed_in().await.refresh;
    for round in 0..10 {
        let attempt = format!("attempt-number-{round:0>4}");
        let (one, two) =
            tokio::join!(client.refresh(&token, Some(&attempt)), client.refresh(&token, Some(&attempt)),);
        assert_eq!((one.status, two.status), (200, 200), "{one:?} {two:?}");
        assert_eq!(one.refresh_token(), two.refresh_token());
        token = one.refresh_token();
    }
    assert_eq!(generation(&token), 11);
}

#[apply(on_both_databases)]
async fn doubled_requests_without_a_name_get_one_successor(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    for _ in 0..10 {
        let user = client.signed_in().await;
        let (one, two) =
            tokio::join!(client.refresh(&user.refresh, None), client.refresh(&user.refresh, None),);
        let (winner, loser) = if one.status == 200 { (one, two) } else { (two, one) };
        assert_eq!(winner.status, 200, "{winner:?}");
        loser.assert_problem(409, "refresh_in_flight");
        // A copy that comes when both have been answered is no theft either.
        client.refresh(&user.refresh, None).await.assert_problem(409, "refresh_in_flight");
        let next = client.refresh(&winner.refresh_token(), None).await;
        assert_eq!(next.status, 200, "{next:?}");
    }
}

#[apply(on_both_databases)]
async fn a_late_copy_ends_the_family_once_no_race_explains_it(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let second = client.refresh(&user.refresh, ATTEMPT).await.refresh_token();
    let third = client.refresh(&second, None).await.refresh_token();
    client.refresh(&user.refresh, ATTEMPT).await.assert_problem(409, "refresh_in_flight");
    age(&env, &user.session_id, NO_RACE);
    client.refresh(&user.refresh, ATTEMPT).await.assert_problem(401, "refresh_token_reused");
    client.refresh(&third, None).await.assert_problem(401, "session_revoked");
}
