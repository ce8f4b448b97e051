//! A signing key that was stolen is refused everywhere, and stays so.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use crate::admin::common::{items, person};
use crate::faults::refusal::refusal;
use crate::http::cli::{code, run, stderr};
use crate::http::jws;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::Client;
use crate::support::eventually::eventually;
use crate::support::sql::{bytes_literal, count, sql};

const PATH: &str = "/api/v1/admin/signing-keys";
const REVOKED: &str = "KINDRED_SECRETS__REVOKED_KIDS";

async fn published(client: &Client) -> String {
    client.get("/.well-known/jwks.json").await.body.to_string()
}

fn kid(token: &str) -> String {
    jws::header(token)["kid"].as_str().expect("a kid").to_owned()
}

fn in_state(env: &Env, state: &str) -> String {
    sql(env, &format!("SELECT kid FROM signing_keys WHERE state = '{state}'"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_key_is_refused_by_every_node() {
    let env = Env::new(Backend::Postgres).await;
    let (first, second) = (env.node(&[]).await, env.node(&[]).await);
    let (client, other) = (first.client(), second.client());
    let admin = person(&env, &client, "user admin").await;
    let user = client.signed_in().await;
    other.verify(&user.access).await.assert_status(204);
    let (stolen, next) = (kid(&user.access), in_state(&env, "standby"));

    let path = format!("{PATH}/{stolen}/retire");
    let retired = admin.call(&client, Method::POST, &format!("{path}?now=true"), None).await;
    retired.assert_status(200);
    assert_eq!((retired.text("/was"), retired.text("/active")), ("active".to_owned(), next.clone()));
    // Here at once, elsewhere as soon as the log is read there.
    client.verify(&user.access).await.assert_problem(401, "token_invalid");
    eventually("the other node refuses it", async || {
        (other.verify(&user.access).await.status == 401).then_some(())
    })
    .await;
    eventually("the other node signs with the next key", async || {
        (kid(&other.signed_in().await.access) == next).then_some(())
    })
    .await;
    for node in [&client, &other] {
        assert!(!published(node).await.contains(&stolen));
    }
    // No session has ended.
    let refreshed = other.refresh(&user.refresh, None).await;
    refreshed.assert_status(200);
    assert_eq!(kid(&refreshed.access()), next);
    for node in [&client, &other] {
        node.verify(&refreshed.access()).await.assert_status(204);
    }

    let admin = crate::admin::common::login(&client, admin.email).await;
    let again = admin.call(&client, Method::POST, &format!("{path}?now=true"), None).await;
    again.assert_problem(404, "not_found");
    let events = items(&admin.get(&client, "/api/v1/admin/events?kind=signing_key.retired").await);
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["detail"]["kid"], &events[0]["detail"]["now"]), (&json!(stolen), &json!(true)));
    assert_eq!(count(&env, "revocations WHERE reason = 'key_retired'"), 1);
}

#[apply(on_both_databases)]
async fn a_restored_database_does_not_bring_a_revoked_key_back(env: Env) {
    let mut node = env.node(&[]).await;
    let user = node.client().signed_in().await;
    let stolen = kid(&user.access);
    sql(&env, "CREATE TABLE kept AS SELECT * FROM signing_keys");
    let setup = node.setup().clone();
    tokio::task::block_in_place(|| {
        let retired = run(&setup, &["keys", "retire", &stolen, "--now"]);
        assert_eq!(code(&retired), 0, "{}", stderr(&retired));
    });
    eventually("the server refuses it", async || {
        (node.client().verify(&user.access).await.status == 401).then_some(())
    })
    .await;
    node.kill_9();
    sql(&env, "DELETE FROM signing_keys");
    sql(&env, "DELETE FROM revocations");
    sql(&env, "INSERT INTO signing_keys SELECT * FROM kept");

    let mut restored = env.node(&[(REVOKED, &stolen)]).await;
    assert!(!published(&restored.client()).await.contains(&stolen));
    restored.client().verify(&user.access).await.assert_problem(401, "token_invalid");
    let fresh = restored.client().signed_in().await;
    assert_eq!(kid(&fresh.access), in_state(&env, "active"));
    assert_ne!(kid(&fresh.access), stolen);
    // The one that was restored while the server runs is removed as well.
    sql(&env, "DELETE FROM signing_keys");
    sql(&env, "INSERT INTO signing_keys SELECT * FROM kept");
    eventually("it is removed", async || {
        (count(&env, &format!("signing_keys WHERE kid = '{stolen}'")) == 0).then_some(())
    })
    .await;
    assert!(!published(&restored.client()).await.contains(&stolen));
    restored.kill_9();

    // An active key that is damaged keeps a server from starting until it is given up.
    let active = in_state(&env, "active");
    let nothing = bytes_literal(&env, "00");
    sql(&env, &format!("UPDATE signing_keys SET sealed = {nothing} WHERE kid = '{active}'"));
    refusal(&env.setup(&[(REVOKED, &stolen)]));
    let both = format!("{stolen},{active}");
    let node = env.node(&[(REVOKED, &both)]).await;
    let user = node.client().signed_in().await;
    assert_eq!(kid(&user.access), in_state(&env, "active"));
    assert!(![&stolen, &active].contains(&&kid(&user.access)));
}

#[apply(on_both_databases)]
async fn a_key_is_retired_in_its_turn(env: Env) {
    let node = env.node(&[]).await;
    let setup = node.setup().clone();
    let (active, standby) = (in_state(&env, "active"), in_state(&env, "standby"));
    let retire = |kid: &str| tokio::task::block_in_place(|| run(&setup, &["keys", "retire", kid]));
    // It has signed nothing, so that it just goes.
    assert_eq!(code(&retire(&standby)), 0);
    let next = in_state(&env, "standby");
    assert!(next != standby && in_state(&env, "active") == active);
    assert_eq!(count(&env, "revocations WHERE reason = 'key_retired'"), 0);
    let early = retire(&active);
    assert_eq!(code(&early), 3, "{}", stderr(&early));
    assert_eq!(in_state(&env, "active"), active);
    let unknown = retire("x");
    assert_eq!(code(&unknown), 1);
    assert!(stderr(&unknown).contains("there is no such key"), "{}", stderr(&unknown));
}

#[apply(on_both_databases)]
async fn all_keys_are_new_and_every_session_ends(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    let old = sql(&env, "SELECT kid FROM signing_keys");
    let setup = node.setup().clone();
    let retired =
        tokio::task::block_in_place(|| run(&setup, &["keys", "retire", "--all", "--now", "--json"]));
    assert_eq!(code(&retired), 0, "{}", stderr(&retired));
    assert!(stderr(&retired).contains("2 session(s) end now"), "{}", stderr(&retired));
    let report: serde_json::Value = serde_json::from_slice(&retired.stdout).expect("JSON");
    assert_eq!((&report["root_key"], report["signing_keys"].as_array().map(Vec::len)), (&json!(2), Some(2)));
    for person in [&user, &other] {
        eventually("the server has heard of it", async || {
            (client.verify(&person.access).await.status == 401).then_some(())
        })
        .await;
        eventually("its refresh token is refused", async || {
            (client.refresh(&person.refresh, None).await.status == 401).then_some(())
        })
        .await;
    }
    assert_eq!(sql(&env, "SELECT id, state FROM root_keys"), "2|active");
    let states = sql(&env, "SELECT state, count(*) FROM signing_keys GROUP BY 1 ORDER BY 1");
    assert_eq!(states, "active|1\nstandby|1");
    // Half a second later at most the server has all new keys, and people log in again.
    let fresh = eventually("the server uses the new keys", async || {
        let fresh = client.signed_in_at_last().await;
        let reply = client.refresh(&fresh.refresh, None).await;
        (reply.status == 200 && kid(&reply.access()) == in_state(&env, "active")).then_some(reply)
    })
    .await;
    client.verify(&fresh.access()).await.assert_status(204);
    let published = published(&client).await;
    assert!(old.lines().all(|kid| !published.contains(kid)), "{published}");
}
