//! Without locations only devices are out of the ordinary.

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::{
    BERLIN, FIREFOX, GeoFile, IPHONE, NEW_YORK, POTSDAM, anomaly, location, login, pairs, someone,
};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::metrics::metric;

fn new_device(country: Option<&str>) -> Option<Value> {
    Some(json!({ "reason": "new_device", "country": country, "previous_country": null }))
}

#[apply(on_both_databases)]
async fn without_a_file_no_one_is_anywhere(env: Env) {
    let node = env.node(&[("KINDRED_SERVER__TRUSTED_PROXIES", "127.0.0.1/32")]).await;
    let client = node.client();
    let mailbox = node.mailbox();
    let email = someone(&client).await;
    prove_addresses(&env);
    let first = login(&client, &email, BERLIN, FIREFOX).await;
    let second = login(&client, &email, NEW_YORK, FIREFOX).await;
    assert_eq!([anomaly(&env, &first), anomaly(&env, &second)], [None, None]);
    assert_eq!(location(&client, &second.access()).await, Value::Null);

    let other = login(&client, &email, NEW_YORK, IPHONE).await;
    assert_eq!(anomaly(&env, &other), new_device(None));
    mailbox.wait_for(&email, "new_device").await;
    mailbox.assert_none(&env, &email, "unusual_login").await;
    assert_eq!(metric(&node, "auth_login_anomalies_total", &[("reason", "new_device")]).await, 1.0);
}

#[apply(on_both_databases)]
async fn a_new_device_at_home_is_told_of_as_one(env: Env) {
    let file = GeoFile::of_places();
    let node = env.node(&pairs(&file.settings())).await;
    let client = node.client();
    let mailbox = node.mailbox();
    let email = someone(&client).await;
    prove_addresses(&env);
    login(&client, &email, BERLIN, FIREFOX).await;
    let other = login(&client, &email, POTSDAM, IPHONE).await;
    assert_eq!(anomaly(&env, &other), new_device(Some("DE")));
    mailbox.wait_for(&email, "new_device").await;
    mailbox.assert_none(&env, &email, "unusual_login").await;
}
