//! `GET /api/v1/me/security-events`

use std::collections::BTreeSet;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::common::{members, shared};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::sql::sql;

const PATH: &str = "/api/v1/me/security-events";
const AGENT: &str = "canary-agent/1.0";

async fn page(client: &Client, access: &str, query: &str) -> Reply {
    send(client.request(Method::GET, &format!("{PATH}{query}")).bearer_auth(access)).await
}

fn kinds(reply: &Reply) -> Vec<&str> {
    let items = reply.body["items"].as_array().expect("a list");
    items.iter().map(|item| item["kind"].as_str().expect("a kind")).collect()
}

#[apply(on_both_databases)]
async fn people_see_what_happened_to_their_own_account(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (user, other) = (client.signed_in().await, client.signed_in().await);
    let wrong = client.request(Method::POST, "/api/v1/auth/login").header("User-Agent", AGENT);
    let wrong = send(wrong.json(&json!({"email": user.email, "password": "wrong horse"}))).await;
    wrong.assert_problem(401, "invalid_credentials");
    assert_eq!(client.step_up(&user.access, &user.refresh, PASSWORD).await.status, 200);

    let reply = page(&client, &user.access, "").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let expected = ["step_up.succeeded", "login.failed", "login.succeeded", "account.registered"];
    assert_eq!(kinds(&reply), expected);
    assert_eq!(reply.body["next_cursor"], Value::Null);
    let items = reply.body["items"].as_array().expect("a list");
    let [step_up, failed, login, _] = &items[..] else { panic!("{items:?}") };
    let always = ["address", "created_at", "id", "kind", "session_id", "user_agent"];
    assert_eq!(members(failed), always, "no internals, and no one was authenticated");
    // A stranger's address is personal data of the stranger's.
    assert_eq!((&failed["address"], &failed["user_agent"]), (&json!("127.0.0.0/24"), &json!(AGENT)));
    assert_eq!((&login["session_id"], &step_up["by"]), (&json!(user.session_id), &json!("you")));
    assert_eq!((&login["address"], &login["by"]), (&json!("127.0.0.1"), &json!("you")));

    // An administrator's own address and device are not the user's business.
    let actor = "(SELECT user_id FROM session_families WHERE user_id <> security_events.user_id)";
    sql(&env, &format!("UPDATE security_events SET actor_id = {actor} WHERE kind = 'step_up.succeeded'"));
    let reply = page(&client, &user.access, "?limit=1").await;
    let item = &reply.body["items"][0];
    assert_eq!(item["by"], "administrator");
    assert_eq!((&item["address"], &item["user_agent"]), (&Value::Null, &Value::Null));
    assert_eq!(kinds(&page(&client, &other.access, "").await), ["login.succeeded", "account.registered"]);

    // The export tells no more.
    let export = client.request(Method::GET, "/api/v1/me/export").bearer_auth(&user.access);
    let exported = send(export).await.body["security_events"].take();
    let event = |kind: &str| {
        let events = exported.as_array().expect("a list");
        events.iter().find(|event| event["kind"] == kind).expect("an event").clone()
    };
    assert_eq!(event("login.failed")["address"], "127.0.0.0/24");
    assert_eq!(event("login.succeeded")["address"], "127.0.0.1");
}

#[apply(on_both_databases)]
async fn pages_show_each_event_once(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    for _ in 0..8 {
        client.login(&user.email, "wrong horse").await.assert_problem(401, "invalid_credentials");
    }
    // Also of one and the same moment.
    sql(&env, "UPDATE security_events SET created_at = 7 WHERE kind = 'login.failed'");
    for limit in [1, 3, 10, 100] {
        let (mut seen, mut query) = (Vec::new(), format!("?limit={limit}"));
        loop {
            let reply = page(&client, &user.access, &query).await;
            let items = reply.body["items"].as_array().expect("a list");
            assert!(items.len() <= limit);
            seen.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
            let Some(next) = reply.body["next_cursor"].as_str() else { break };
            query = format!("?limit={limit}&cursor={next}");
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (10, 10), "{limit}");
    }
}

#[tokio::test]
async fn parameters_are_read_strictly() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    for (query, field) in [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?limit=9223372036854775808", "limit"),
        ("?limit=5&limit=5", "limit"),
        ("?cursor=nonsense", "cursor"),
        ("?cursor=%27%20OR%201%3D1%20--", "cursor"),
        ("?user=01919191-9191-7919-9919-919191919191", "user"),
    ] {
        let refused = page(&client, &user.access, query).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.text("/errors/0/field"), field, "{query}");
    }
    client.get(PATH).await.assert_problem(401, "token_missing");
}
