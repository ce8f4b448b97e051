//! Requests for links in mails need an answer where the settings say so, whatever the address.

use macro_rules_attribute::apply;
use serde_json::json;

use super::scene::{CHEAP, answer};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::security_events::details;

const REQUESTS: [&str; 2] = ["/api/v1/auth/password/forgot", "/api/v1/auth/email/verify/resend"];

#[apply(on_both_databases)]
async fn a_request_for_a_link_needs_an_answer_of_its_own(env: Env) {
    let node = env.node(&[CHEAP, ("KINDRED_CAPTCHA__FORGOT", "true")]).await;
    let client = node.client();
    let user = client.signed_in().await;
    for path in REQUESTS {
        for email in [user.email.as_str(), "nobody@example.com"] {
            let body = |token: &str| json!({"email": email, "captcha_token": token});
            client.post(path, json!({"email": email})).await.assert_problem(403, "captcha_required");
            client.post(path, body("nonsense")).await.assert_problem(403, "captcha_invalid");
            let other = answer(&client, "login").await;
            client.post(path, body(&other)).await.assert_problem(403, "captcha_invalid");
            let right = answer(&client, "forgot").await;
            client.post(path, body(&right)).await.assert_status(202);
            client.post(path, body(&right)).await.assert_problem(403, "captcha_invalid");
        }
    }
    let requested = || details(&env, "password.reset_requested").len();
    eventually("the link is made", async || (requested() == 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_default_none_is_needed() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    for path in REQUESTS {
        let body = json!({"email": "nobody@example.com", "captcha_token": "what an eager client sends"});
        node.client().post(path, body).await.assert_status(202);
    }
}
