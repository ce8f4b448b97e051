//! A session is where it was active last.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::common::{
    BERLIN, FIREFOX, FRANCE, GeoFile, NEW_YORK, SYDNEY, UNKNOWN, anomaly, location, login, odd, pairs,
    someone,
};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, Reply, send};

async fn refresh(client: &Client, from: &Reply, address: &str) -> Reply {
    let request = client.request(Method::POST, "/api/v1/auth/refresh").header("X-Forwarded-For", address);
    let reply = send(request.json(&json!({"refresh_token": from.refresh_token()}))).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

async fn exported(client: &Client, session: &Reply) -> Value {
    let request = client.request(Method::GET, "/api/v1/me/export").bearer_auth(session.access());
    let reply = send(request).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let sessions = reply.body["sessions"].as_array().expect("a list");
    let own = sessions.iter().find(|row| row["id"] == session.session_id()).expect("the session itself");
    json!([own["location"], own["country"], own["latitude"], own["longitude"], own["login_country"]])
}

#[apply(on_both_databases)]
async fn a_session_is_where_it_was_active_last(env: Env) {
    let file = GeoFile::of_places();
    let node = env.node(&pairs(&file.settings())).await;
    let client = node.client();
    let email = someone(&client).await;
    let mut session = login(&client, &email, BERLIN, FIREFOX).await;
    assert_eq!(location(&client, &session.access()).await, "Berlin, DE");
    assert_eq!(exported(&client, &session).await, json!(["Berlin, DE", "DE", 52.5, 13.4, "DE"]));
    for (address, place) in [
        (SYDNEY, json!(["Sydney, AU", "AU", -33.9, 151.2, "DE"])),
        (FRANCE, json!(["FR", "FR", null, null, "DE"])),
        (UNKNOWN, json!([null, null, null, null, "DE"])),
        (NEW_YORK, json!(["New York, US", "US", 40.7, -74.0, "DE"])),
    ] {
        session = refresh(&client, &session, address).await;
        assert_eq!(location(&client, &session.access()).await, place[0], "{address}");
        assert_eq!(exported(&client, &session).await, place, "{address}");
    }
    // The session has moved on, and its owner with it.
    let at_home = login(&client, &email, BERLIN, FIREFOX).await;
    assert_eq!(anomaly(&env, &at_home), odd("impossible_travel", "DE", "US"));
    let with_it = login(&client, &email, BERLIN, FIREFOX).await;
    assert_eq!(anomaly(&env, &with_it), None);
}
