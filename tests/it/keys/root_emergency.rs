//! A root key that was stolen: the sessions under it end.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::Value;

use crate::http::cli::{code, run, stderr};
use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::scene::Scene;
use crate::support::sql::{count, sql};

/// `kindred keys retire --root 1 --now`: exit status, report, and what it said before.
fn retire(env: &Env) -> (i32, Value, String) {
    let setup = env.setup(&[]);
    let arguments = ["keys", "retire", "--root", "1", "--now", "--json"];
    let output = tokio::task::block_in_place(|| run(&setup, &arguments));
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (code(&output), report, stderr(&output))
}

#[apply(on_both_databases)]
async fn the_sessions_under_a_stolen_key_end(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let client = server.client.clone();
    let (one, other) = (client.signed_in().await, client.signed_in().await);
    let (status, report, told) = retire(&env);
    assert_eq!(status, 3, "{told}");
    assert_eq!((&report["revoked"], &report["deleted"]), (&2.into(), &false.into()), "{told}");
    assert!(told.contains("2 session(s) are under root key 1 and end now"), "{told}");
    for user in [&one, &other] {
        eventually("the server has read the log", async || {
            (client.verify(&user.access).await.status == 401).then_some(())
        })
        .await;
        client.refresh(&user.refresh, None).await.assert_problem(401, "session_revoked");
    }
    // People can log in meanwhile, and must do so again.
    let late = client.signed_in().await;
    eventually("another key takes over", async || {
        clock.advance(Duration::from_secs(61));
        (sql(&env, "SELECT id FROM root_keys WHERE state = 'active'") == "2").then_some(())
    })
    .await;
    let (status, report, told) = retire(&env);
    assert_eq!(status, 0, "{told}");
    assert_eq!((&report["revoked"], &report["deleted"]), (&1.into(), &true.into()), "{told}");
    assert_eq!(sql(&env, "SELECT id, state FROM root_keys"), "2|active");
    eventually("its token is refused", async || {
        (client.refresh(&late.refresh, None).await.status == 401).then_some(())
    })
    .await;
    let fresh = eventually("the server uses the other key", async || {
        let fresh = client.signed_in().await;
        let reply = client.refresh(&fresh.refresh, None).await;
        (reply.status == 200 && count(&env, "session_families WHERE key_id = 2") > 0).then_some(fresh)
    })
    .await;
    client.verify(&fresh.access).await.assert_status(204);
    assert_eq!(count(&env, "security_events WHERE kind = 'root_key.retired'"), 2);
    let (status, _, told) = retire(&env);
    assert_eq!(status, 1, "{told}");
    assert!(told.contains("there is no such"), "{told}");
    server.stop().await;
}
