//! Keys are made once, by the node that comes first, and are sealed.

use futures_util::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::Value;

use crate::faults::refusal::refusal;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::send;
use crate::support::process::Node;
use crate::support::sql::{dump, sql};

async fn jwks(node: &Node) -> Value {
    let request = node.client().request(Method::GET, "/.well-known/jwks.json");
    let reply = send(request).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_nodes_that_start_at_once_agree_on_their_keys() {
    let env = Env::new(Backend::Postgres).await;
    let nodes = join_all((0..5).map(|_| env.node(&[]))).await;
    assert_eq!(sql(&env, "SELECT id, state FROM root_keys"), "1|active");
    let states = sql(&env, "SELECT state, count(*) FROM signing_keys GROUP BY 1 ORDER BY 1");
    assert_eq!(states, "active|1\nstandby|1");
    let published = join_all(nodes.iter().map(jwks)).await;
    assert_eq!(published[0]["keys"].as_array().map(Vec::len), Some(2));
    assert!(published.iter().all(|keys| *keys == published[0]), "{published:?}");

    // A session that goes round all of them.
    let mut user = nodes[0].client().signed_in().await;
    for node in nodes.iter().chain(&nodes) {
        let client = node.client();
        assert_eq!(client.verify(&user.access).await.status, 204);
        let reply = client.refresh(&user.refresh, None).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        (user.access, user.refresh) = (reply.access(), reply.refresh_token());
    }
}

#[apply(on_both_databases)]
async fn keys_survive_a_restart(env: Env) {
    let mut node = env.node(&[]).await;
    let before = jwks(&node).await;
    let user = node.client().signed_in().await;
    tokio::task::block_in_place(|| node.restart());
    assert_eq!(jwks(&node).await, before);
    let client = node.client();
    assert_eq!(client.verify(&user.access).await.status, 204);
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200);
}

#[apply(on_both_databases)]
async fn another_master_key_opens_nothing(env: Env) {
    let mut node = env.node(&[]).await;
    node.kill_9();
    let before = dump(&env);
    let other = [("KINDRED_SECRETS__MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")];
    let message = refusal(&env.setup(&other));
    assert!(message.contains("sealed with another master key (secrets.master_key)"), "{message}");
    assert_eq!(dump(&env), before, "no key was replaced");
}
