//! The report on what is kept, for administrators.

use kindred::store::privacy::personal_data::personal_tables;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::Value;

use super::rows::Rows;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::send;
use crate::support::sql::sql;

/// Each job has run once, and is told of.
const JOBS: [&str; 21] = [
    "erasures",
    "purge_captcha_uses",
    "purge_device_attempts",
    "purge_failed_logins",
    "purge_federation_uses",
    "purge_invitations",
    "purge_login_challenges",
    "purge_one_time_tokens",
    "purge_outbox",
    "purge_pending_registrations",
    "purge_quotas",
    "purge_security_events",
    "purge_sessions",
    "purge_sms_codes",
    "purge_sms_enrollments",
    "purge_sms_sends",
    "purge_stranger_counts",
    "purge_totp_enrollments",
    "purge_trusted_devices",
    "purge_webauthn_ceremonies",
    "purge_webauthn_ceremony_uses",
];

fn category<'a>(report: &'a Value, name: &str) -> &'a Value {
    let categories = report["categories"].as_array().expect("a list");
    categories.iter().find(|category| category["category"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[apply(on_both_databases)]
async fn the_report_is_true(env: Env) {
    let node = env.node(&[("KINDRED_RETENTION__OUTBOX", "36h")]).await;
    let client = node.client();
    let rows = Rows(&env);
    let ada = rows.person(&client, 3).await;
    let ask = || client.request(Method::GET, "/api/v1/admin/compliance").bearer_auth(&ada.user.access);
    send(ask()).await.assert_problem(403, "forbidden");
    sql(&env, "UPDATE users SET roles = 'user admin'");
    sql(&env, "UPDATE users SET erase_at = 4102444800000000");
    sql(&env, &format!("UPDATE users SET erase_at = NULL WHERE id = {}", rows.id(&ada.id)));
    node.run(&["purge"]);

    let reply = send(ask()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let report = &reply.body;
    let printed: Value = serde_json::from_str(&node.run(&["compliance", "--json"])).expect("JSON");
    for member in ["erasure", "jobs", "terms"] {
        assert_eq!(printed[member], report[member], "the command prints the same");
    }
    let names = |report: &Value| {
        let categories = report["categories"].as_array().expect("a list").clone();
        categories.into_iter().map(|category| category["category"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&printed), names(report));
    assert!(node.run(&["compliance"]).contains("\nsecurity_events "));
    for (name, table, retention) in [
        ("accounts", "users", Value::Null),
        ("passwords", "password_credentials", Value::Null),
        ("security_events", "security_events", "90d".into()),
        ("backup_codes", "backup_codes", Value::Null),
        ("factor_attempts", "factor_attempts", Value::Null),
        ("passkeys", "passkeys", Value::Null),
        ("webauthn_ceremonies", "webauthn_ceremonies", "0s".into()),
        ("webauthn_ceremony_uses", "webauthn_ceremony_uses", "1d".into()),
        ("captcha_uses", "captcha_uses", "1d".into()),
        ("identities", "identities", Value::Null),
        ("federation_uses", "federation_uses", "1d".into()),
        ("stranger_counts", "stranger_counts", "90d".into()),
        ("quotas", "quota_usage", "36h".into()),
        ("sms_codes", "sms_codes", "0s".into()),
        ("sms_sends", "sms_sends", "1d".into()),
        ("sessions", "session_families", "90d".into()),
        ("messages", "outbox", "36h".into()),
        ("one_time_tokens", "one_time_tokens", "7d".into()),
        ("invitations", "invitations", "7d".into()),
        ("login_challenges", "login_challenges", "7d".into()),
        ("totp_authenticators", "totp_authenticators", Value::Null),
        ("trusted_devices", "trusted_devices", "1d".into()),
        ("device_attempts", "device_attempts", "181d".into()),
        ("pending_registrations", "pending_registrations", "0s".into()),
        ("consents", "consents", Value::Null),
        ("avatars", "avatars", Value::Null),
        ("phone_numbers", "sms_authenticators", Value::Null),
    ] {
        let category = category(report, name);
        assert_eq!(category["rows"], rows.count(table, "1 = 1"), "{name}");
        assert_eq!(category["retention"], retention, "{name}");
        assert!(category["oldest"].is_string() || category["rows"] == 0, "{name}");
    }
    let told = report["categories"].as_array().expect("a list").iter();
    let told: Vec<&str> = told.filter_map(|category| category["category"].as_str()).collect();
    let declared: Vec<&str> = personal_tables().map(|table| table.category).collect();
    assert_eq!(told, declared, "nothing that is declared is left out");
    for (name, kind) in [
        ("accounts", "times"),
        ("sessions", "device type"),
        ("sessions", "what was proven"),
        ("security_events", "ids of session and request"),
        ("login_challenges", "number of wrong attempts"),
        ("trusted_devices", "device type"),
        ("invitations", "who invited"),
        ("pending_registrations", "number of wrong attempts"),
        ("passkeys", "whether it is backed up"),
        ("sms_codes", "number of tries"),
    ] {
        let kinds = category(report, name)["data"].as_array().expect("a list");
        assert!(kinds.iter().any(|told| told == kind), "{name}: {kind}");
    }
    assert_eq!(category(report, "consents")["oldest"], "1970-01-01T00:00:00Z");
    let mut jobs: Vec<&str> =
        report["jobs"].as_array().expect("a list").iter().filter_map(|job| job["job"].as_str()).collect();
    jobs.sort_unstable();
    assert_eq!(jobs, JOBS);
    assert_eq!(report["erasure"]["grace"], "14d");
    assert_eq!(report["erasure"]["pending"], 0);
    assert!(report["terms"]["required_version"].is_null());
    assert_eq!(report["terms"]["accepted"].as_array().expect("a list").len(), 3);
    assert!(!report.to_string().contains(&ada.user.email), "no one is named");
}
