//! Log out everywhere while a login is under way: the login was proven before, so it does not count.

use macro_rules_attribute::apply;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::process::Node;

/// Many times longer than a logout on a machine that is not busy. On one that is, the hash may be over first; then the
/// test tries again.
const SLOW: &[(&str, &str)] =
    &[("KINDRED_PASSWORD__MEMORY_KIB", "65536"), ("KINDRED_PASSWORD__ITERATIONS", "6")];
const TRIES: usize = 10;

async fn hashes_begun(node: &Node) -> f64 {
    metric(node, "auth_password_hash_wait_seconds_count", &[]).await
}

#[apply(on_both_databases)]
async fn a_login_that_was_under_way_opens_no_session(env: Env) {
    let node = env.node(SLOW).await;
    let client = node.client();
    for _ in 0..TRIES {
        let family = Family::open(&client).await;
        if let Some(login) = login_around_logout(&node, &family).await {
            login.assert_problem(401, "invalid_credentials");
            family.assert_ended(&client).await;
            let mut next = family.sibling(&client).await;
            let list = client.sessions(next.access()).await;
            assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1), "{list:?}");
            next.assert_lives(&client).await;
            return;
        }
    }
    panic!("the hash was quicker than the logout {TRIES} times");
}

/// The answer to a login that began before the logout of all sessions and was not answered before it; none if it was.
async fn login_around_logout(node: &Node, family: &Family) -> Option<Reply> {
    let client = node.client();
    let before = hashes_begun(node).await;
    let login = {
        let (client, email) = (client.clone(), family.email.clone());
        tokio::spawn(async move { client.login(&email, PASSWORD).await })
    };
    // The account has been read, and its epoch with it, when its password is being hashed.
    eventually("the password is being hashed", async || (hashes_begun(node).await > before).then_some(()))
        .await;
    let logout = client.logout_all(family.access()).await;
    assert_eq!(logout.status, 200, "{logout:?}");
    if login.is_finished() {
        return None;
    }
    let login = login.await.expect("no panic");
    // A session that was opened before the logout and ended by it is counted there.
    (logout.body["revoked"] == 1).then_some(login)
}
