//! Passkeys are named and removed by their owner.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::scene::{Holder, PASSKEYS, SERVICE, add, enroll, list, log_in, raise, registration, usual};
use crate::http::common::prove_addresses;
use crate::support::authenticator::Passkey;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::Client;
use crate::support::family::{Family, claims};
use crate::support::security_events::details;
use crate::support::sql::sql;

async fn rename(client: &Client, access: &str, id: &str, name: Value) -> crate::support::client::Reply {
    client.call(Method::PATCH, &format!("{PASSKEYS}/{id}"), access, json!({"name": name})).await
}

#[apply(on_both_databases)]
async fn a_name_is_the_owners(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let (holder, other) = (Holder::new(&client).await, Holder::new(&client).await);
    let access = holder.family.access();
    assert_eq!(list(&client, access).await[0]["name"], "Passkey", "nothing is known of it");
    let renamed = rename(&client, access, &holder.id, json!("  Ada's\u{202e} phone ")).await;
    assert_eq!((renamed.status, &renamed.body["name"]), (200, &json!("Ada's phone")));
    for wrong in ["", "  ", "\u{200b}"] {
        rename(&client, access, &holder.id, json!(wrong)).await.assert_problem(422, "validation_failed");
    }
    for id in [other.id.as_str(), "018f0000-0000-7000-8000-000000000000", "x", "optional"] {
        rename(&client, access, id, json!("mine")).await.assert_problem(404, "not_found");
    }
    assert_eq!(list(&client, access).await[0]["name"], "Ada's phone");
    assert_eq!(list(&client, other.family.access()).await[0]["name"], "Passkey");

    // Also at once.
    let (ceremony, options) = registration(&client, access).await;
    let (_, credential) = Passkey::create(&options, &usual());
    let body = json!({"ceremony": ceremony, "credential": credential, "name": "Key ring"});
    let added = client.call(Method::POST, PASSKEYS, access, body).await;
    assert_eq!(added.body["passkey"]["name"], "Key ring");
}

#[apply(on_both_databases)]
async fn a_damaged_one_keeps_its_owner_from_none_of_the_others(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let mut holder = Holder::new(&client).await;
    let (_, added) = enroll(&client, holder.family.access(), &usual()).await;
    assert_eq!(added.status, 201, "{added:?}");
    let latest = "(SELECT id FROM passkeys ORDER BY created_at DESC LIMIT 1)";
    sql(&env, &format!("UPDATE passkeys SET credential = '{{}}' WHERE id = {latest}"));
    raise(&client, &mut holder.family, &holder.passkey, &usual()).await;
}

#[apply(on_both_databases)]
async fn a_removed_passkey_ends_the_other_sessions(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let mut holder = Holder::new(&client).await;
    prove_addresses(&env);
    let stranger = Holder::new(&client).await;
    let login = log_in(&client, &holder.passkey, &usual()).await;
    let path = format!("{PASSKEYS}/{}", holder.id);
    let refused = client.call(Method::DELETE, &path, stranger.family.access(), Value::Null).await;
    refused.assert_problem(404, "not_found");
    let removed = client.call(Method::DELETE, &path, holder.family.access(), Value::Null).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    client.refresh(&login.refresh_token(), None).await.assert_problem(401, "session_revoked");
    client.verify(&login.access()).await.assert_problem(401, "session_revoked");
    holder.family.assert_lives(&client).await;
    log_in(&client, &holder.passkey, &usual()).await.assert_problem(401, "invalid_credentials");
    assert!(list(&client, holder.family.access()).await.is_empty());
    client
        .call(Method::DELETE, &path, holder.family.access(), Value::Null)
        .await
        .assert_problem(404, "not_found");

    assert_eq!(details(&env, "factor.removed"), [json!({"factor": "webauthn", "passkey": holder.id})]);
    node.mailbox().wait_for(&holder.family.email, "factor_removed").await;
    let ended = sql(&env, "SELECT revoke_reason FROM session_families WHERE revoked_at IS NOT NULL");
    assert_eq!(ended, "factor_removed");
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE mfa_enrolled_at IS NOT NULL"), "1");
}

#[apply(on_both_databases)]
async fn one_of_two_is_enough_to_stay_enrolled(env: Env) {
    let node = env.node(SERVICE).await;
    let client = node.client();
    let mut holder = Holder::new(&client).await;
    let (second, added) = enroll(&client, holder.family.access(), &usual()).await;
    assert_eq!(added.status, 201);
    let path = format!("{PASSKEYS}/{}", holder.id);
    assert_eq!(client.call(Method::DELETE, &path, holder.family.access(), Value::Null).await.status, 204);
    assert_eq!(sql(&env, "SELECT count(*) FROM users WHERE mfa_enrolled_at IS NOT NULL"), "1");
    assert_eq!(log_in(&client, &second, &usual()).await.status, 200);
    holder.family.rotate(&client).await;
    assert_eq!(claims(holder.family.access())["acr"], "aal2");
}

#[apply(on_both_databases)]
async fn who_must_enroll_can_add_a_passkey_and_is_free_then(env: Env) {
    let settings = [SERVICE, &[("KINDRED_MFA__POLICY", "required")]].concat();
    let node = env.node(&settings).await;
    let client = node.client();
    let mut family = Family::open(&client).await;
    let refused = client.call(Method::GET, PASSKEYS, family.access(), Value::Null).await;
    refused.assert_problem(403, "mfa_enrollment_required");
    let (ceremony, options) = registration(&client, family.access()).await;
    let (_, credential) = Passkey::create(&options, &usual());
    assert_eq!(add(&client, family.access(), &ceremony, &credential).await.status, 201);
    family.rotate(&client).await;
    assert_eq!(list(&client, family.access()).await.len(), 1);
}
