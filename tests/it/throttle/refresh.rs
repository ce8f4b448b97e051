//! Refreshes of one session.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::visitor::LIMITED;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::Reply;
use crate::support::scene::Scene;

/// The guard begins after 25 bytes: at the 34th digit behind `kr1_`.
fn with_another_guard(token: &str) -> String {
    let (before, guard) = token.split_at("kr1_".len() + 36);
    let digit = if guard.starts_with('A') { 'B' } else { 'A' };
    format!("{before}{digit}{}", &guard[1..])
}

#[apply(on_both_databases)]
async fn a_session_is_refreshed_thirty_times_at_once_and_survives_the_refusal(env: Env) {
    let scene = Scene::start(&env, LIMITED).await;
    let client = scene.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    // Made-up tokens of this session use nothing up.
    let made_up = with_another_guard(&user.refresh);
    let mut token = user.refresh;
    for _ in 0..40 {
        assert_eq!(client.refresh(&made_up, None).await.status, 401);
    }
    let refresh = async |token: &str, number: usize| -> Reply {
        client.refresh(token, Some(&format!("a-key-of-this-test-{number}"))).await
    };
    for number in 0..30 {
        token = refresh(&token, number).await.refresh_token();
    }
    let refused = refresh(&token, 30).await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit")), (Some("2"), None));
    assert_eq!(scene.server.metric("auth_rate_limited_total", &[("rule", "refresh")]).await, 1.0);
    assert_eq!(client.refresh(&other.refresh, None).await.status, 200);
    scene.clock.advance(Duration::from_secs(2));
    let reply = refresh(&token, 30).await;
    reply.assert_status(200);
    refresh(&reply.refresh_token(), 31).await.assert_problem(429, "rate_limited");
    scene.server.stop().await;
}
