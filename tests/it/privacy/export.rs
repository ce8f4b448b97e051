//! An export holds every row of a person, and nothing of anyone else.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::Value;

use super::rows::Rows;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::send;
use crate::support::sql::sql;

/// Two pages and a half, so that none is lost between them.
const ROWS: usize = 500;

fn length(document: &Value, section: &str) -> usize {
    document[section].as_array().unwrap_or_else(|| panic!("no list {section}")).len()
}

#[apply(on_both_databases)]
async fn every_row_of_a_person_and_nothing_of_others(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let rows = Rows(&env);
    let mut ada = rows.person(&client, ROWS).await;
    rows.passkeys(&client, &mut ada, ROWS).await;
    let mut bob = rows.person(&client, 3).await;
    rows.passkeys(&client, &mut bob, 3).await;
    // What one has done to the other belongs to the other.
    let (ada_key, bob_key) = (rows.id(&ada.id), rows.id(&bob.id));
    rows.events(1, "account.disabled", (&bob_key, &ada_key), &bob.canary, 2_000);
    rows.events(1, "account.disabled", (&ada_key, &bob_key), "about-ada", 2_000);

    let request = client.request(Method::GET, "/api/v1/me/export").bearer_auth(&ada.user.access);
    let reply = send(request).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-disposition"), Some("attachment; filename=\"account.json\""));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let document = &reply.body;
    assert_eq!(document["account"]["email"], ada.user.email.as_str());
    assert!(document["phone"]["confirmed_at"].is_string(), "{}", document["phone"]);
    assert!(document["password"]["changed_at"].is_string() && document["avatar"]["bytes"] == 9);
    assert!(document["totp"]["created_at"].is_string() && document["totp"]["confirmed_at"].is_null());
    assert_eq!(
        (length(document, "factor_attempts"), &document["factor_attempts"][0]["factor"]),
        (1, &"totp".into())
    );

    let own = format!("user_id = {ada_key}");
    let accepted = format!("accepted_by = {ada_key} OR email = '{}'", ada.user.email);
    for (section, table, which) in [
        ("sessions", "session_families", own.as_str()),
        ("security_events", "security_events", &format!("{own} OR actor_id = {ada_key}")),
        ("consents", "consents", &own),
        ("one_time_tokens", "one_time_tokens", &own),
        ("backup_codes", "backup_codes", &own),
        ("trusted_devices", "trusted_devices", &own),
        ("device_attempts", "device_attempts", &own),
        ("login_challenges", "login_challenges", &own),
        ("passkeys", "passkeys", &own),
        ("identities", "identities", &own),
        ("webauthn_ceremonies", "webauthn_ceremonies", &own),
        ("messages", "outbox", &own),
        ("invitations", "invitations", &accepted),
        ("pending_registrations", "pending_registrations", &format!("email = '{}'", ada.user.email)),
        ("sms_codes", "sms_codes", &own),
        ("sms_sends", "sms_sends", &own),
        ("quotas", "quota_usage", &own),
    ] {
        let stored = rows.count(table, which);
        assert!(stored >= ROWS, "{section}: {stored}");
        assert_eq!(length(document, section), stored, "{section}");
        let mut ids: Vec<String> =
            document[section].as_array().unwrap().iter().map(Value::to_string).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), stored, "{section} repeats no row");
    }
    let events = document["security_events"].as_array().unwrap();
    assert!(events.iter().any(|event| event["kind"] == "account.exported"), "this one as well");
    let by_bob = events.iter().find(|event| event["actor_id"] == bob.id.as_str()).expect("an event");
    assert_eq!(by_bob["detail"]["note"], "about-ada");
    assert!(by_bob["address"].is_null() && by_bob["user_agent"].is_null(), "bob's own affair");
    let on_bob = events.iter().find(|event| event["user_id"] == bob.id.as_str()).expect("an event");
    assert!(on_bob["detail"].is_null(), "{on_bob}");

    let text = document.to_string();
    assert!(text.contains(&ada.canary));
    let others = text.replace(&on_bob.to_string(), "");
    assert!(!others.contains(&bob.canary) && !others.contains(&bob.user.email));
    let hash = sql(&env, &format!("SELECT hash FROM password_credentials WHERE user_id = {ada_key}"));
    assert!(hash.starts_with("$argon2id$") && !text.contains(&hash) && !text.contains("$argon2"));
    for secret in ["hash", "salt", "sealed", "jti", "object_key", "credential"] {
        assert!(!text.contains(&format!("{secret}\"")), "{secret}");
    }
}
