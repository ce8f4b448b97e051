//! What the log tells, and what it never tells.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::backend::{Env, on_both_databases};
use crate::support::client::send;
use crate::support::process::Node;
use crate::support::sql::sql;

const EMAIL: &str = "canary.bird@harbour.example";
const PASSWORD: &str = "canary velvet heron 42 moons";
const WRONG: &str = "wrong-canary-passphrase";

/// Everything secret that the scenario has seen.
async fn scenario(node: &Node) -> Vec<String> {
    let client = node.client();
    let mut secrets: Vec<String> =
        [EMAIL, "canary.bird", PASSWORD, WRONG, "$argon2"].map(str::to_owned).to_vec();
    let body = json!({"email": EMAIL, "password": PASSWORD, "display_name": "Canary-Name"});
    assert_eq!(client.post("/api/v1/auth/register", body.clone()).await.status, 201);
    client.post("/api/v1/auth/register", body).await.assert_problem(409, "email_taken");
    client.register(EMAIL, "canary-weak").await.assert_problem(422, "weak_password");
    client
        .post("/api/v1/auth/login", json!({"email": EMAIL, "password": [WRONG]}))
        .await
        .assert_problem(422, "validation_failed");
    client.login(EMAIL, WRONG).await.assert_problem(401, "invalid_credentials");
    let login = client.login(EMAIL, PASSWORD).await;
    let next = client.refresh(&login.refresh_token(), Some("canary-idempotency-key")).await;
    for reply in [&login, &next] {
        secrets.extend([reply.access(), reply.refresh_token()]);
        // Parts of a token are not fit to be seen either.
        secrets.extend(reply.access().split('.').skip(1).map(str::to_owned));
        secrets.push(reply.refresh_token()[30..].to_owned());
    }
    secrets.extend(["canary-weak".to_owned(), "canary-idempotency-key".to_owned()]);
    let me = client.request(Method::GET, "/api/v1/me").bearer_auth(next.access());
    assert_eq!(send(me.header("X-Correlation-ID", "canary-correlation")).await.status, 200);
    assert_eq!(client.verify(&next.access()).await.status, 204);
    let query = format!("/api/v1/me?token={}&email={EMAIL}", next.access());
    assert_eq!(send(client.request(Method::GET, &query)).await.status, 401);
    let mut live = next.refresh_token();
    for _ in 0..2 {
        live = client.refresh(&live, None).await.refresh_token();
        secrets.push(live.clone());
    }
    client.refresh(&login.refresh_token(), None).await.assert_problem(401, "refresh_token_reused");
    client.me(&next.access()).await.assert_problem(401, "session_revoked");
    secrets
}

fn assert_no_secret(logs: &str, secrets: &[String]) {
    for secret in secrets {
        let line = logs.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "{secret}");
    }
    assert!(!logs.contains("panicked"));
}

fn assert_request_lines(lines: &[Value], user: &str) {
    let requests: Vec<&Value> = lines.iter().filter(|line| line["message"] == "request").collect();
    assert!(requests.len() >= 10, "{}", requests.len());
    for line in &requests {
        for text in ["timestamp", "level", "correlation_id", "route", "method"] {
            assert!(line[text].as_str().is_some_and(|text| !text.is_empty()), "{text}: {line}");
        }
        assert!(line["status"].is_u64() && line["latency_ms"].is_f64(), "{line}");
    }
    let me = requests.iter().find(|line| line["correlation_id"] == "canary-correlation").expect("logged");
    assert_eq!((&me["route"], &me["status"]), (&json!("/api/v1/me"), &json!(200)));
    assert_eq!(me["user_id"], user);
    assert!(me["session_id"].as_str().is_some_and(|id| id.len() == 36), "{me}");
}

#[apply(on_both_databases)]
async fn nothing_secret_is_logged(env: Env) {
    for level in ["debug", "trace"] {
        // Preview writes JSON without being asked; only its fixed lines for programs are plain.
        let strict = [
            ("KINDRED_PROFILE", "preview"),
            ("KINDRED_TELEMETRY__LOG_LEVEL", level),
            ("KINDRED_PASSWORD__MEMORY_KIB", "19456"),
            ("KINDRED_PASSWORD__ITERATIONS", "2"),
        ];
        let mut node = env.node(&strict).await;
        let secrets = scenario(&node).await;
        let user = sql(&env, "SELECT count(*) FROM users");
        assert_eq!(user, "1");
        assert!(node.terminate().success());
        let logs = node.logs();
        assert_no_secret(&logs, &secrets);
        let fixed = ["metrics on http://", "listening on http://", "shutting down"];
        let lines: Vec<Value> = logs
            .lines()
            .filter(|line| !fixed.iter().any(|fixed| line.starts_with(fixed)))
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect();
        let login = lines.iter().find(|line| line["route"] == "/api/v1/auth/login" && line["status"] == 200);
        let user = login.expect("logged")["user_id"].as_str().expect("an id").to_owned();
        assert_request_lines(&lines, &user);
        sql(&env, "DELETE FROM users");
    }
}

#[apply(on_both_databases)]
async fn the_log_for_people_keeps_secrets_as_well(env: Env) {
    let mut node = env.node(&[("KINDRED_TELEMETRY__LOG_LEVEL", "trace")]).await;
    let secrets = scenario(&node).await;
    assert!(node.terminate().success());
    assert_no_secret(&node.logs(), &secrets);
}

#[apply(on_both_databases)]
async fn the_database_keeps_no_password_and_no_token(env: Env) {
    let node = env.node(&[]).await;
    let secrets = scenario(&node).await;
    let tables = ["users", "password_credentials", "session_families", "security_events", "revocations"];
    for table in tables {
        let rows = sql(&env, &format!("SELECT * FROM {table}"));
        for secret in
            secrets.iter().filter(|secret| !["$argon2", EMAIL, "canary.bird"].contains(&secret.as_str()))
        {
            assert!(!rows.contains(secret.as_str()), "{secret} in {table}");
        }
    }
}
