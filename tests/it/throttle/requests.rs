//! Registrations, and requests for links and codes.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::visitor::{LIMITED, Visitor};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::scene::Scene;

type Kind = (&'static str, &'static str, fn() -> Value, u16);

const KINDS: [Kind; 4] = [
    ("register", "/api/v1/auth/register", || json!({"email": unique_email(), "password": PASSWORD}), 201),
    ("forgot", "/api/v1/auth/password/forgot", || json!({"email": unique_email()}), 202),
    ("resend", "/api/v1/auth/email/verify/resend", || json!({"email": unique_email()}), 202),
    ("sms", "/api/v1/auth/mfa/challenge", || json!({"challenge_token": "kc1_none", "method": "sms"}), 401),
];

#[apply(on_both_databases)]
async fn five_at_once_and_ten_in_a_minute(env: Env) {
    let scene = Scene::start(&env, LIMITED).await;
    let visitor = Visitor::new(scene.client(), "192.0.2.7");
    for (rule, path, body, status) in KINDS {
        let policy = format!("\"{rule}\";q=5;w=30");
        for left in (0..5).rev() {
            let reply = visitor.post(path, body()).await;
            reply.assert_status(status);
            assert_eq!(reply.header("ratelimit-policy"), Some(policy.as_str()));
            let state = format!("\"{rule}\";r={left};t={}", 6 * (5 - left));
            assert_eq!(reply.header("ratelimit"), Some(state.as_str()));
        }
        let refused = visitor.post(path, body()).await;
        refused.assert_problem(429, "rate_limited");
        assert_eq!(
            (refused.header("retry-after"), refused.body["retry_after"].as_u64()),
            (Some("6"), Some(6))
        );
        assert_eq!(scene.server.metric("auth_rate_limited_total", &[("rule", rule)]).await, 1.0, "{rule}");
        Visitor::new(scene.client(), "192.0.2.8").post(path, body()).await.assert_status(status);
        scene.client().post(path, body()).await.assert_status(status);
    }
    scene.clock.advance(Duration::from_secs(6));
    for (_, path, body, status) in KINDS {
        visitor.post(path, body()).await.assert_status(status);
        visitor.post(path, body()).await.assert_problem(429, "rate_limited");
    }
    let passkey = json!({"challenge_token": "kc1_none", "method": "webauthn"});
    visitor.post("/api/v1/auth/mfa/challenge", passkey).await.assert_problem(401, "challenge_invalid");
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_requests_have_no_limit() {
    let env = Env::new(Backend::Sqlite).await;
    let scene = Scene::start(&env, LIMITED).await;
    let visitor = Visitor::new(scene.client(), "192.0.2.7");
    for _ in 0..100 {
        let reply = visitor.post("/api/v1/auth/logout", json!({"refresh_token": "kr1_none"})).await;
        assert!(reply.status != 429 && reply.header("ratelimit").is_none(), "{reply:?}");
    }
    for path in ["/api/v1/auth/csrf", "/.well-known/jwks.json", "/api/v1/auth/verify-token"] {
        for _ in 0..100 {
            let reply = scene.client().get(path).await;
            assert!(reply.status != 429 && reply.header("ratelimit").is_none(), "{reply:?}");
        }
    }
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_switch_lifts_them() {
    let env = Env::new(Backend::Sqlite).await;
    let off = [LIMITED[1], ("KINDRED_THROTTLE__ENABLED", "false")];
    let scene = Scene::start(&env, &off).await;
    let visitor = Visitor::new(scene.client(), "192.0.2.7");
    for _ in 0..12 {
        for (_, path, body, status) in KINDS {
            let reply = visitor.post(path, body()).await;
            reply.assert_status(status);
            assert_eq!(reply.header("ratelimit-policy"), None);
        }
    }
    for _ in 0..70 {
        visitor.guess().await.assert_status(401);
    }
    // What belongs to an account holds all the same.
    let user = scene.client().signed_in().await;
    for _ in 0..10 {
        visitor.login(&user.email, "wrong horse").await.assert_status(401);
    }
    visitor.login(&user.email, "wrong horse").await.assert_problem(429, "rate_limited");
    assert_eq!(scene.server.metric("auth_rate_limited_total", &[("rule", "login_delay")]).await, 1.0);
    scene.server.stop().await;
}
