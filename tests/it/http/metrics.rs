//! The metrics that dashboards and alerts will ask for, after a scenario that moves them.

mod expected;

use std::collections::BTreeSet;

use macro_rules_attribute::apply;
use reqwest::Method;

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, SignedIn, send};
use crate::support::eventually::eventually;
use crate::support::family::{NO_RACE, age};
use crate::support::metrics::{metric, page_at, read};
use crate::support::process::Node;
use expected::{EXACT, POSITIVE};

const KEY: &str = "an-idempotency-key";

async fn scenario(env: &Env, node: &Node) -> (SignedIn, String) {
    let client = node.client();
    let user = client.signed_in().await;
    client.login(&user.email, "wrong horse").await.assert_problem(401, "invalid_credentials");
    let rotated = client.refresh(&user.refresh, Some(KEY)).await;
    assert_eq!(client.refresh(&user.refresh, Some(KEY)).await.status, 200);
    client.refresh("nonsense", None).await.assert_problem(401, "refresh_token_invalid");
    assert_eq!(client.verify(&rotated.access()).await.status, 204);
    age(env, &user.session_id, NO_RACE);
    client.refresh(&user.refresh, None).await.assert_problem(401, "refresh_token_reused");
    client.refresh(&rotated.refresh_token(), None).await.assert_problem(401, "session_revoked");
    let second = client.login(&user.email, PASSWORD).await;
    assert_eq!(client.logout(&second.access()).await.status, 204);
    let third = client.login(&user.email, PASSWORD).await;
    assert_eq!(client.get("/.well-known/jwks.json").await.status, 200);
    let unmatched = format!("/{}/{}", user.session_id, user.email);
    assert_eq!(client.get(&unmatched).await.status, 404);
    let invented = "INVENTED".parse::<Method>().expect("a method");
    assert_eq!(send(client.request(invented, "/api/v1/me")).await.status, 405);
    client.delete_session(&third.access(), &user.session_id).await;
    (user, third.access())
}

#[apply(on_both_databases)]
async fn a_scenario_is_counted(env: Env) {
    let mut node = env.node(&[]).await;
    let (user, access) = scenario(&env, &node).await;
    let page = Client::new(node.ops_url()).get("/metrics").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let page = page.body.as_str().expect("text").to_owned();
    let names: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    for (name, _, _) in EXACT {
        assert!(names.contains(name.strip_suffix("_count").unwrap_or(name)), "{name}");
    }
    eventually("everything is counted", async || {
        let page = page_at(node.ops_url()).await;
        let wrong: Vec<_> =
            EXACT.iter().filter(|(name, labels, expected)| read(&page, name, labels) != *expected).collect();
        // Shown by a test that fails.
        println!("expected: {wrong:?}");
        wrong.is_empty().then_some(())
    })
    .await;
    for name in [
        "auth_job_last_success_timestamp_seconds",
        "auth_family_passivations_total",
        "auth_revocation_propagation_seconds",
    ] {
        assert!(names.contains(name), "{name}");
    }
    for (name, labels) in POSITIVE {
        eventually(name, async || (metric(&node, name, labels).await > 0.0).then_some(())).await;
    }
    // Neither people nor sessions nor addresses are labels.
    let kid = super::jws::header(&access)["kid"].as_str().expect("a kid").to_owned();
    let subject = super::jws::claims(&access)["sub"].as_str().expect("an id").to_owned();
    for id in [&user.email, &user.session_id, &subject, &kid, "127.0.0.1", "INVENTED"] {
        assert!(!page.contains(id.trim()), "{id}");
    }
    // Gauges are filled in the background, at the start for the first time.
    node.restart();
    eventually("the sessions are counted", async || {
        let live = metric(&node, "auth_sessions_active", &[]).await;
        let users = metric(&node, "auth_users", &[("status", "active")]).await;
        (live == 1.0 && users == 1.0).then_some(())
    })
    .await;
}
