//! `POST /api/v1/auth/login`: its answers.

use std::collections::BTreeMap;

use macro_rules_attribute::apply;
use serde_json::{Value, json};

use super::common::{members, shared};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, Reply, unique_email};
use crate::support::sql::sql;

const PATH: &str = "/api/v1/auth/login";

#[tokio::test]
async fn the_answer_has_the_members_of_the_contract() {
    let shared = shared().await;
    let client = shared.client();
    let email = unique_email();
    let user = client.register(&email, PASSWORD).await.text("/user/id");
    let body = json!({"email": email, "password": PASSWORD, "transport": "bearer", "device_name": "x"});
    let reply = client.post(PATH, body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let expected = [
        "access_token",
        "device_token",
        "expires_in",
        "refresh_expires_in",
        "refresh_token",
        "session",
        "token_type",
        "user",
    ];
    assert_eq!(members(&reply.body), expected);
    assert_eq!(
        members(&reply.body["session"]),
        ["aal", "amr", "auth_time", "expires_at", "generation", "id"]
    );
    let user_members = ["email", "id", "mfa_enrollment_required", "password_must_change", "roles"];
    assert_eq!(members(&reply.body["user"]), user_members);
    assert_eq!(reply.body["token_type"], "Bearer");
    assert_eq!(reply.body["session"]["aal"], 1);
    assert_eq!(reply.body["session"]["amr"], json!(["pwd"]));
    assert_eq!(
        reply.body["user"],
        json!({"id": user, "email": email, "roles": ["user"], "password_must_change": false, "mfa_enrollment_required": false})
    );
    let seconds = |name: &str| reply.body[name].as_u64().expect("a number");
    assert!((565..=630).contains(&seconds("expires_in")), "{reply:?}");
    assert!((30 * 86_400 - 5..=30 * 86_400).contains(&seconds("refresh_expires_in")), "{reply:?}");
    assert!(reply.refresh_token().starts_with("kr1_"), "{reply:?}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("set-cookie"), None);
}

#[tokio::test]
async fn each_login_is_a_session_of_its_own() {
    let shared = shared().await;
    let client = shared.client();
    let user = client.signed_in().await;
    let again = client.login(&user.email, PASSWORD).await;
    assert_ne!(again.session_id(), user.session_id);
    assert_eq!(client.logout(&again.access()).await.status, 204);
    assert_eq!(client.verify(&user.access).await.status, 204);
}

/// All that a stranger could compare, without what differs in every answer.
fn face(reply: &Reply) -> (u16, Value, BTreeMap<String, Vec<u8>>) {
    let mut body = reply.body.clone();
    body["correlation_id"] = json!("…");
    let headers = reply.headers.iter();
    let headers = headers
        .filter(|(name, _)| !["date", "x-correlation-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    (reply.status, body, headers.collect())
}

#[apply(on_both_databases)]
async fn every_wrong_login_looks_alike(env: Env) {
    let mut lenient = env.node(&[]).await;
    for name in ["known", "disabled", "locked", "unverified"] {
        let email = format!("{name}@example.com");
        assert_eq!(lenient.client().register(&email, PASSWORD).await.status, 201);
    }
    lenient.kill_9();
    sql(&env, "UPDATE users SET email_verified_at = 1 WHERE email <> 'unverified@example.com'");
    sql(&env, "UPDATE users SET status = 'disabled' WHERE email = 'disabled@example.com'");
    let locked = "(SELECT id FROM users WHERE email = 'locked@example.com')";
    sql(
        &env,
        &format!("UPDATE password_credentials SET failures = 50, locked_at = 1 WHERE user_id = {locked}"),
    );
    let node = env.node(&[("KINDRED_ACCOUNTS__EMAIL_VERIFICATION", "required")]).await;
    let client = node.client();
    let wrong = client.login("known@example.com", "wrong horse").await;
    wrong.assert_problem(401, "invalid_credentials");
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer error=\"invalid_credentials\""));
    for (email, password) in [
        ("unknown@example.com", "wrong horse"),
        ("unknown@example.com", PASSWORD),
        ("disabled@example.com", "wrong horse"),
        ("locked@example.com", "wrong horse"),
        ("locked@example.com", PASSWORD),
        ("unverified@example.com", "wrong horse"),
        ("no address", PASSWORD),
        ("known@example.com", ""),
        ("known@example.com", "a\0b"),
        ("known@example.com", &"x".repeat(257)),
        ("known@example.com", &"x".repeat(60_000)),
    ] {
        let reply = client.login(email, password).await;
        assert_eq!(face(&reply), face(&wrong), "{email} {password:.20}");
    }
    let told = client.login("disabled@example.com", PASSWORD).await;
    told.assert_problem(403, "account_not_active");
    let told = client.login("unverified@example.com", PASSWORD).await;
    told.assert_problem(403, "email_not_verified");
    assert_eq!(sql(&env, "SELECT count(*) FROM session_families"), "0");
    // The log of events tells of accounts; where there is none, the same number of writes counts.
    let failed = "SELECT count(*) FROM security_events WHERE kind = 'login.failed'";
    assert_eq!(sql(&env, failed), "11");
    assert_eq!(sql(&env, &format!("{failed} AND user_id IS NULL")), "0");
    assert_eq!(sql(&env, "SELECT sum(requests) FROM stranger_counts"), "3");
    // The same work is done where there is no password; an account with too many has a row of its own.
    let counted = sql(&env, "SELECT sum(failures) FROM password_credentials");
    let stood_in = sql(&env, "SELECT sum(attempts) FROM attempt_stand_ins");
    assert_eq!((counted.as_str(), stood_in.as_str()), ("55", "3"));
}

#[apply(on_both_databases)]
async fn a_disabled_user_cannot_go_on(env: Env) {
    let mut node = env.node(&[]).await;
    let user = node.client().signed_in().await;
    sql(&env, &format!("UPDATE users SET status = 'disabled' WHERE email = '{}'", user.email));
    node.restart(); // whatever was in memory
    let client = node.client();
    client.refresh(&user.refresh, None).await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn there_are_no_default_accounts() {
    let shared = shared().await;
    for (name, password) in [("admin", "admin"), ("admin@kindred.dev", "kindred"), ("root@localhost", "root")]
    {
        let reply = shared.client().login(name, password).await;
        reply.assert_problem(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn there_are_two_transports() {
    let shared = shared().await;
    for transport in [json!("Cookie"), json!("Bearer"), json!(""), Value::Null, json!(1), json!(["bearer"])] {
        let body = json!({"email": unique_email(), "password": PASSWORD, "transport": transport});
        let reply = shared.client().post(PATH, body).await;
        reply.assert_problem(422, "validation_failed");
        assert_eq!(reply.text("/errors/0/field"), "transport", "{transport}");
    }
}
