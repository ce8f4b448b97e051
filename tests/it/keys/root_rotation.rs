//! Root keys are rotated: sessions go on, and reuse of a token of before is still recognized.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use macro_rules_attribute::apply;
use serde_json::Value;

use crate::http::cli::{code, run, stderr};
use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::scene::Scene;
use crate::support::sql::{bytes_literal, count, sql};

const DAY: Duration = Duration::from_secs(86_400);

/// The id of the root key that a refresh token names.
fn root(token: &str) -> u8 {
    let encoded = token.strip_prefix("kr1_").expect("a refresh token");
    URL_SAFE_NO_PAD.decode(encoded).expect("base64url")[0]
}

fn states(env: &Env) -> String {
    sql(env, "SELECT id, state FROM root_keys ORDER BY id")
}

/// `kindred keys rotate --root`: exit status, report, and what it said besides.
fn rotate(env: &Env) -> (i32, Value, String) {
    let setup = env.setup(&[]);
    let output = tokio::task::block_in_place(|| run(&setup, &["keys", "rotate", "--root", "--json"]));
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (code(&output), report, stderr(&output))
}

#[apply(on_both_databases)]
async fn sessions_go_on_and_reuse_is_recognized(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let client = server.client.clone();
    let (user, idle) = (client.signed_in().await, client.signed_in().await);
    assert_eq!(root(&user.refresh), 1);

    let (status, step, told) = rotate(&env);
    assert_eq!(status, 0, "{told}");
    assert_eq!((&step["id"], &step["state"]), (&2.into(), &"standby".into()));
    assert_eq!(states(&env), "1|active\n2|standby");
    let (status, _, told) = rotate(&env);
    assert_eq!(status, 3, "{told}");
    // A minute after the server has seen it, which it does when it looks next.
    eventually("the announced key takes over", async || {
        clock.advance(Duration::from_secs(61));
        (states(&env) == "1|retired\n2|active").then_some(())
    })
    .await;
    assert_eq!(count(&env, "security_events WHERE kind = 'root_key.rotated'"), 2);

    let spent = client.refresh(&user.refresh, None).await;
    spent.assert_status(200);
    let second = eventually("the node uses it", async || {
        let fresh = client.signed_in().await;
        (root(&fresh.refresh) == 2).then_some(fresh)
    })
    .await;
    // A session of before moves on with its next refresh.
    let next = client.refresh(&spent.refresh_token(), None).await;
    next.assert_status(200);
    assert_eq!(root(&next.refresh_token()), 2);
    clock.advance(Duration::from_secs(120));
    client.refresh(&user.refresh, None).await.assert_problem(401, "refresh_token_reused");
    client.refresh(&next.refresh_token(), None).await.assert_problem(401, "session_revoked");
    // So does one that was not used in the meantime.
    let moved = client.refresh(&idle.refresh, None).await;
    moved.assert_status(200);
    assert_eq!(root(&moved.refresh_token()), 2);
    client.refresh(&second.refresh, None).await.assert_status(200);

    // A token under a key that no node has announced is invalid.
    let mut made_up = URL_SAFE_NO_PAD.decode(&moved.refresh_token()[4..]).expect("base64url");
    made_up[0] = 77;
    let made_up = format!("kr1_{}", URL_SAFE_NO_PAD.encode(made_up));
    client.refresh(&made_up, None).await.assert_problem(401, "refresh_token_invalid");

    // The superseded key goes when no session of its time can be left.
    clock.advance(400 * DAY);
    eventually("it is deleted", async || (states(&env) == "2|active").then_some(())).await;
    let (status, _, told) = rotate(&env);
    assert_eq!(status, 0, "{told}");
    assert_eq!(states(&env), "2|active\n3|standby", "no id is used again");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn a_damaged_key_costs_its_own_sessions_only(env: Env) {
    let mut node = env.node(&[]).await;
    let old = node.client().signed_in().await;
    node.kill_9();
    let nothing = bytes_literal(&env, "00");
    let copy = "sealed, 'retired', created_at FROM root_keys WHERE id = 1";
    sql(&env, &format!("INSERT INTO root_keys (id, sealed, state, created_at) SELECT 9, {copy}"));
    sql(&env, &format!("UPDATE root_keys SET sealed = {nothing} WHERE id = 9"));
    let node = env.node(&[]).await;
    let client = node.client();
    assert!(node.logs().contains("a root key cannot be used"), "{}", node.logs());
    client.refresh(&old.refresh, None).await.assert_status(200);
    let mut of_it = URL_SAFE_NO_PAD.decode(&old.refresh[4..]).expect("base64url");
    of_it[0] = 9;
    // Its client must not take the session for lost.
    let of_it = format!("kr1_{}", URL_SAFE_NO_PAD.encode(of_it));
    client.refresh(&of_it, None).await.assert_problem(503, "unavailable");
}
