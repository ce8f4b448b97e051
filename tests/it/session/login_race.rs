//! Log out everywhere while a login is under way: the login was proven before, so it does not count.

use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::process::Node;

/// A hash that takes a second or more: long enough for a logout.
const SLOW: &[(&str, &str)] =
    &[("KINDRED_PASSWORD__MEMORY_KIB", "65536"), ("KINDRED_PASSWORD__ITERATIONS", "20")];

async fn hashes_begun(node: &Node) -> f64 {
    metric(node, "auth_password_hash_wait_seconds_count", &[]).await
}

#[apply(on_both_databases)]
async fn a_login_that_was_under_way_opens_no_session(env: Env) {
    let node = env.node(SLOW).await;
    let client = Client::new(node.base_url());
    let family = Family::open(&client).await;
    let before = hashes_begun(&node).await;
    let login = {
        let (client, email) = (client.clone(), family.email.clone());
        tokio::spawn(async move { client.login(&email, PASSWORD).await })
    };
    // The account has been read, and its epoch with it, when its password is being hashed.
    eventually("the password is being hashed", async || (hashes_begun(&node).await > before).then_some(()))
        .await;
    let logout = client.logout_all(family.access()).await;
    assert_eq!((logout.status, &logout.body["revoked"]), (200, &1.into()), "{logout:?}");
    assert!(!login.is_finished(), "the hash was too quick for this test");

    login.await.expect("no panic").assert_problem(401, "invalid_credentials");
    family.assert_ended(&client).await;
    let mut next = family.sibling(&client).await;
    let list = client.sessions(next.access()).await;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1), "{list:?}");
    next.assert_lives(&client).await;
}
