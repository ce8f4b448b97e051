//! How many people have which factor, for dashboards.

use kindred::clock::{Clock, SystemClock};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::scene::Enrolled;
use super::stand_ins::{give_numbers, give_passkeys};
use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::sql::sql;

const FACTORS: [&str; 4] = ["totp", "sms", "webauthn", "backup_code"];

/// Gauges are filled in the background, at the start for the first time.
async fn shown_after_a_start(node: &mut Node, expected: [f64; 4]) {
    tokio::task::block_in_place(|| node.restart());
    eventually(&format!("the gauges show {expected:?}"), async || {
        for (factor, expected) in FACTORS.into_iter().zip(expected) {
            if metric(node, "auth_mfa_enrolled_users", &[("factor", factor)]).await != expected {
                return None;
            }
        }
        Some(())
    })
    .await;
}

#[apply(on_both_databases)]
async fn each_person_counts_once_for_each_factor(env: Env) {
    let mut node = env.node(&[]).await;
    let client = node.client();
    let ada = Enrolled::new(&client, SystemClock.now().unix_seconds()).await;
    let bob = client.signed_in().await;
    // Begun only: that is none.
    let begun = client.call(Method::POST, "/api/v1/me/mfa/totp", &bob.access, json!(null)).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    shown_after_a_start(&mut node, [1.0, 0.0, 0.0, 1.0]).await;
    give_passkeys(&env);
    give_numbers(&env);
    shown_after_a_start(&mut node, [1.0, 2.0, 2.0, 1.0]).await;
    sql(&env, "UPDATE backup_codes SET used_at = 1");
    shown_after_a_start(&mut node, [1.0, 2.0, 2.0, 0.0]).await;
    node.run(&["user", "reset-mfa", ada.email()]);
    shown_after_a_start(&mut node, [0.0, 1.0, 1.0, 0.0]).await;
}
