//! What is refused over HTTP, and how.

use serde_json::json;

use super::scene::{CONFIRM, Holder, NUMBER, SMS, start};
use crate::support::backend::{Backend, Env};
use crate::support::sql::count;

pub const NO_NUMBERS: [&str; 8] = [
    "",
    "abc",
    "0170 1234567",
    "491701234542",
    "+49 170 CALL ME",
    "+49",
    "+491701234567, +491701234568",
    "+49170123456a",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_numbers_are_taken() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = start(&env, &[("KINDRED_MFA__SMS_PREFIXES", "+49,+43")]).await;
    let client = scene.client();
    let ada = Holder::of(&env, client).await;
    let invalid = NO_NUMBERS.map(|phone| (phone, "invalid_phone"));
    let disallowed = ["+41791234567", "+12025550123"].map(|phone| (phone, "phone_not_allowed"));
    for (phone, code) in invalid.into_iter().chain(disallowed) {
        let refused = ada.enroll(client, phone).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.text("/errors/0/field"), "phone");
        assert_eq!(refused.text("/errors/0/code"), code, "{phone}");
        assert!(phone.len() < 5 || !refused.body.to_string().contains(phone), "values are never repeated");
    }
    for (path, body, field) in [
        (SMS, json!({}), "phone"),
        (SMS, json!({"phone": 491_701_234_567_u64}), "phone"),
        (SMS, json!({"phone": NUMBER, "confirmed": true}), "confirmed"),
        (CONFIRM, json!({"code": 123_456}), "code"),
        (CONFIRM, json!({"code": "123456", "user_id": ada.id}), "user_id"),
    ] {
        let refused = client.post_as(&ada.access, path, body).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.text("/errors/0/field"), field, "{path}");
    }
    assert_eq!(count(&env, "sms_sends"), 0);
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = start(&env, &[("KINDRED_THROTTLE__SMS_PER_NETWORK_HOUR", "2")]).await;
    let client = scene.client();
    let (ada, bob) = (Holder::of(&env, client).await, Holder::of(&env, client).await);
    assert_eq!(ada.enroll(client, NUMBER).await.status, 202);
    let soon = ada.enroll(client, NUMBER).await;
    soon.assert_problem(429, "rate_limited");
    assert_eq!((soon.header("retry-after"), &soon.body["retry_after"]), (Some("30"), &json!(30)));
    assert_eq!(bob.enroll(client, "+436641234577").await.status, 202);
    let eve = Holder::of(&env, client).await;
    let refused = eve.enroll(client, "+41791234567").await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("3600"));
    assert_eq!(scene.server.metric("auth_rate_limited_total", &[("rule", "sms_network")]).await, 1.0);
    assert_eq!(scene.server.metric("auth_rate_limited_total", &[("rule", "sms_resend")]).await, 1.0);
    scene.server.stop().await;
}
