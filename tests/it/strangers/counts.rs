//! What proves nothing about an account is a number, not a row.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::scene::wait_for_count;
use crate::admin::common::{items, person};
use crate::passkeys::scene::VERIFY;
use crate::support::authenticator::{Behaviour, Passkey};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{send, unique_email};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::sql::sql;

const EACH: usize = 25;
const COUNTS: &str = "/api/v1/admin/events/counts";
/// Clients are told apart by the header of a proxy that is trusted.
const BEHIND_A_PROXY: &[(&str, &str)] = &[("KINDRED_SERVER__TRUSTED_PROXIES", "127.0.0.1/32")];

fn events(env: &Env) -> String {
    sql(env, "SELECT count(*) FROM security_events")
}

/// An assertion for a challenge that was not given here.
fn strange_assertion() -> Value {
    let options = json!({"publicKey": {"challenge": "AAAA", "rpId": "localhost", "rp": {"id": "localhost"}, "user": {"id": "AAAA"}}});
    let browser = Behaviour::at("http://localhost:8080");
    let (passkey, _) = Passkey::create(&options, &browser);
    passkey.get(&options, &browser)
}

#[apply(on_both_databases)]
async fn strangers_add_no_rows(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let (before, assertion) = (events(&env), strange_assertion());
    for _ in 0..EACH {
        client.login(&unique_email(), "no-such-Password-1").await.assert_problem(401, "invalid_credentials");
        for path in ["/api/v1/auth/password/forgot", "/api/v1/auth/email/verify/resend"] {
            assert_eq!(client.post(path, json!({"email": unique_email()})).await.status, 202);
        }
        let ceremony = "018f0000-0000-7000-8000-000000000000";
        let body = json!({"ceremony": ceremony, "credential": assertion});
        client.post(VERIFY, body).await.assert_problem(401, "challenge_invalid");
    }
    for (kind, requests) in [
        ("login.unknown_address", EACH),
        ("link_request.unknown_address", 2 * EACH),
        ("passkey.unknown", EACH),
    ] {
        wait_for_count(&env, kind, requests).await;
        let counted = async || metric(&node, "auth_stranger_requests_total", &[("kind", kind)]).await;
        eventually(kind, async || (counted().await >= requests as f64).then_some(())).await;
        assert_eq!(counted().await, requests as f64);
        let shown = admin.get(&client, &format!("{COUNTS}?kind={kind}")).await;
        let shown = items(&shown);
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert_eq!((&shown[0]["network"], &shown[0]["requests"]), (&json!("127.0.0.0/24"), &json!(requests)));
    }
    assert_eq!(events(&env), before);
    let rows: usize = sql(&env, "SELECT count(*) FROM stranger_counts").parse().expect("a number");
    let minutes: usize =
        sql(&env, "SELECT count(DISTINCT minute) FROM stranger_counts").parse().expect("a number");
    assert!(rows <= 3 * minutes, "{rows} rows in {minutes} minutes");
    admin.get(&client, &format!("{COUNTS}?kind=nonsense")).await.assert_problem(422, "validation_failed");
    let none = admin.get(&client, &format!("{COUNTS}?until=2020-01-01T00:00:00Z")).await;
    assert_eq!(items(&none).len(), 0);
}

#[apply(on_both_databases)]
async fn networks_beyond_what_a_minute_holds_are_one(env: Env) {
    let node = env.node(BEHIND_A_PROXY).await;
    let client = node.client();
    for number in 0..200 {
        let request = client.request(Method::POST, "/api/v1/auth/login");
        let request = request.header("X-Forwarded-For", format!("2001:db8:{number:x}::1"));
        let body = json!({"email": format!("nobody-{number}@example.com"), "password": "no-such-Password-1"});
        send(request.json(&body)).await.assert_problem(401, "invalid_credentials");
    }
    let most = sql(
        &env,
        "SELECT max(cells) FROM (SELECT count(*) AS cells FROM stranger_counts GROUP BY minute) AS minutes",
    );
    assert!(most.parse::<usize>().expect("a number") <= 129, "{most}");
    assert_eq!(sql(&env, "SELECT sum(requests) FROM stranger_counts"), "200");
}

#[apply(on_both_databases)]
async fn a_denial_that_is_repeated_is_counted(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (user, other) = (person(&env, &client, "user").await, person(&env, &client, "user").await);
    for path in ["/api/v1/admin/users", "/api/v1/admin/quotas"] {
        for _ in 0..EACH {
            user.get(&client, path).await.assert_problem(403, "forbidden");
        }
    }
    other.get(&client, "/api/v1/admin/users").await.assert_problem(403, "forbidden");
    wait_for_count(&env, "access.denied_again", 2 * (EACH - 1)).await;
    assert_eq!(sql(&env, "SELECT count(*) FROM security_events WHERE kind = 'access.denied'"), "3");
}
