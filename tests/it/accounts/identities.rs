//! Identities at other providers are listed and removed by their owner.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply};
use crate::support::security_events::details;
use crate::support::sql::{id_literal, sql};

const IDENTITIES: &str = "/api/v1/me/identities";
const STAFF: [(&str, &str); 4] = [
    ("KINDRED_FEDERATION__PROVIDERS__STAFF__KIND", "oidc"),
    ("KINDRED_FEDERATION__PROVIDERS__STAFF__ISSUER", "https://id.example"),
    ("KINDRED_FEDERATION__PROVIDERS__STAFF__CLIENT_ID", "kindred"),
    ("KINDRED_FEDERATION__PROVIDERS__STAFF__CLIENT_AUTH", "none"),
];
/// At the provider in the settings.
const AT_STAFF: &str = "018f0000-0000-7000-8000-000000000001";
/// At a provider that was in the settings once.
const AT_FORMER: &str = "018f0000-0000-7000-8000-000000000002";

fn link(env: &Env, user: &str, (id, provider): (&str, &str)) {
    let (id, user) = (id_literal(env, id), id_literal(env, user));
    let values =
        format!("{id}, {user}, '{provider}', 'https://{provider}.example', '1', 'ada@example.net', 1");
    let columns = "id, user_id, provider, issuer, subject, email, created_at";
    sql(env, &format!("INSERT INTO identities ({columns}) VALUES ({values})"));
}

async fn remove(client: &Client, access: &str, id: &str) -> Reply {
    client.call(Method::DELETE, &format!("{IDENTITIES}/{id}"), access, Value::Null).await
}

async fn list(client: &Client, access: &str) -> Vec<Value> {
    let reply = client.call(Method::GET, IDENTITIES, access, Value::Null).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().expect("a list").clone()
}

#[apply(on_both_databases)]
async fn an_identity_is_removed_by_its_owner_unless_it_is_the_last_way_in(env: Env) {
    let node = env.node(&STAFF).await;
    let client = node.client();
    let (ada, bob) = (client.signed_in().await, client.signed_in().await);
    prove_addresses(&env);
    let there = client.login(&ada.email, PASSWORD).await;
    let id = client.me(&ada.access).await.text("/id");
    link(&env, &id, (AT_STAFF, "staff"));
    link(&env, &id, (AT_FORMER, "former"));

    let listed = list(&client, &ada.access).await;
    let told: Vec<_> = listed.iter().map(|item| (&item["id"], &item["provider"], &item["usable"])).collect();
    let expected = [
        (&json!(AT_STAFF), &json!("staff"), &json!(true)),
        (&json!(AT_FORMER), &json!("former"), &json!(false)),
    ];
    assert_eq!(told, expected);
    assert_eq!(listed[0]["email"], "ada@example.net");
    assert!(list(&client, &bob.access).await.is_empty());
    for unknown in [AT_STAFF, "x"] {
        remove(&client, &bob.access, unknown).await.assert_problem(404, "not_found");
    }

    sql(&env, &format!("DELETE FROM password_credentials WHERE user_id = {}", id_literal(&env, &id)));
    remove(&client, &ada.access, AT_STAFF).await.assert_problem(409, "conflict");
    assert_eq!(list(&client, &ada.access).await.len(), 2, "nothing has changed");
    assert_eq!(remove(&client, &ada.access, AT_FORMER).await.status, 204);
    client.refresh(&there.refresh_token(), None).await.assert_problem(401, "session_revoked");
    client.verify(&there.access()).await.assert_problem(401, "session_revoked");
    assert_eq!(list(&client, &ada.access).await.len(), 1);
    assert_eq!(client.refresh(&ada.refresh, None).await.status, 200, "the session that asked stays");
    remove(&client, &ada.access, AT_FORMER).await.assert_problem(404, "not_found");
    assert_eq!(details(&env, "identity.removed"), [json!({"provider": "former"})]);
    node.mailbox().wait_for(&ada.email, "identity_removed").await;
}
