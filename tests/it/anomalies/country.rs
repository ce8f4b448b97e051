//! A country that is new is told of once, and the first never.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::common::{
    BERLIN, FIREFOX, FRANCE, GeoFile, IPHONE, NEW_YORK, POTSDAM, PRIVATE, SLUBICE, UNKNOWN, anomaly, login,
    odd, pairs, someone,
};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, send};
use crate::support::metrics::metric;

#[apply(on_both_databases)]
async fn a_country_is_new_once_and_never_the_first(env: Env) {
    let file = GeoFile::of_places();
    let node = env.node(&pairs(&file.settings())).await;
    let client = node.client();
    let mailbox = node.mailbox();
    let email = someone(&client).await;
    prove_addresses(&env);
    for address in [BERLIN, POTSDAM, BERLIN] {
        let usual = login(&client, &email, address, FIREFOX).await;
        assert_eq!(anomaly(&env, &usual), None, "{address}");
    }
    mailbox.assert_none(&env, &email, "unusual_login").await;

    // The device is new as well: that is one event and one mail.
    let abroad = login(&client, &email, SLUBICE, IPHONE).await;
    assert_eq!(anomaly(&env, &abroad), odd("new_country", "PL", "DE"));
    let mail = mailbox.wait_for(&email, "unusual_login").await;
    assert!(mail.text.contains("Słubice, Poland") && mail.text.contains("Safari on iPhone"), "{}", mail.text);

    for address in [SLUBICE, BERLIN] {
        let usual = login(&client, &email, address, IPHONE).await;
        assert_eq!(anomaly(&env, &usual), None, "{address}");
    }
    // Also when all sessions there have ended.
    assert_eq!(client.logout_all(&abroad.access()).await.status, 200);
    let usual = login(&client, &email, SLUBICE, IPHONE).await;
    assert_eq!(anomaly(&env, &usual), None);
    mailbox.settled(&env).await;
    assert_eq!(mailbox.all(&email, "unusual_login").len(), 1);
    assert_eq!(mailbox.all(&email, "new_device"), []);
    for (reason, count) in [("new_country", 1.0), ("new_device", 0.0), ("impossible_travel", 0.0)] {
        assert_eq!(metric(&node, "auth_login_anomalies_total", &[("reason", reason)]).await, count);
    }
    // Mails about other things name the place of their request, too.
    let change = client.request(Method::POST, "/api/v1/auth/password/change").bearer_auth(usual.access());
    let tokens = usual.refresh_token();
    let body = json!({"current_password": PASSWORD, "new_password": "another-Lantern-77-velvet", "refresh_token": tokens});
    let changed = send(change.header("X-Forwarded-For", FRANCE).json(&body)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let mail = mailbox.wait_for(&email, "password_changed").await;
    assert!(mail.text.lines().any(|line| line == "Place: France"), "{}", mail.text);
}

#[apply(on_both_databases)]
async fn a_place_that_no_one_knows_is_not_odd(env: Env) {
    let file = GeoFile::of_places();
    let node = env.node(&pairs(&file.settings())).await;
    let client = node.client();
    let email = someone(&client).await;
    for address in [UNKNOWN, BERLIN, PRIVATE, UNKNOWN, BERLIN] {
        let usual = login(&client, &email, address, FIREFOX).await;
        assert_eq!(anomaly(&env, &usual), None, "{address}");
    }
    // What was unknown in between has not wiped out what was known before.
    login(&client, &email, PRIVATE, FIREFOX).await;
    let abroad = login(&client, &email, SLUBICE, FIREFOX).await;
    assert_eq!(anomaly(&env, &abroad), odd("new_country", "PL", "DE"));
}

#[apply(on_both_databases)]
async fn the_middle_of_a_country_is_no_place(env: Env) {
    let file = GeoFile::of_places();
    let node = env.node(&pairs(&file.settings())).await;
    let client = node.client();
    let email = someone(&client).await;
    login(&client, &email, BERLIN, FIREFOX).await;
    let abroad = login(&client, &email, FRANCE, FIREFOX).await;
    assert_eq!(anomaly(&env, &abroad), odd("new_country", "FR", "DE"), "no journey, but a country");
    // The last journey began in Berlin; where in France it went on, no one knows.
    let far = login(&client, &email, NEW_YORK, FIREFOX).await;
    assert_eq!(anomaly(&env, &far), odd("impossible_travel", "US", "DE"));
}
