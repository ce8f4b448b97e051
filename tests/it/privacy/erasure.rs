//! Erasure: the wish, the time to think it over, and that nothing is left.

use std::sync::Arc;
use std::time::Duration;

use kindred::clock::Clock;
use macro_rules_attribute::apply;
use reqwest::Method;

use super::rows::{Person, Rows};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{Client, PASSWORD, Reply, send};
use crate::support::eventually::eventually;
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::sql::{dump, sql};

const OFTEN: (&str, &str) = ("KINDRED_RETENTION__INTERVAL", "100ms");
const GRACE: Duration = Duration::from_secs(14 * 86_400);

async fn erase(client: &Client, access: &str) -> Reply {
    send(client.request(Method::DELETE, "/api/v1/me").bearer_auth(access)).await
}

/// Waits until the job has run at this moment of the clock, from its beginning.
async fn job_has_run(env: &Env, clock: &Arc<StoppedClock>) {
    let now = clock.now().as_micros().to_string();
    // One that goes ahead of it in each turn: whatever comes to its end behind that has begun by now as well.
    for job in ["purge_security_events", "erasures"] {
        eventually("the job has run", async || {
            let last = sql(env, &format!("SELECT finished_at FROM job_runs WHERE job = '{job}'"));
            (last == now).then_some(())
        })
        .await;
        if job == "purge_security_events" {
            sql(env, "DELETE FROM job_runs WHERE job = 'erasures'");
        }
    }
}

fn is_there(env: &Env, person: &Person) -> bool {
    Rows(env).count("users", &format!("id = {}", Rows(env).id(&person.id))) == 1
}

/// How many rows each table has of a person.
fn traces(env: &Env, person: &Person) -> Vec<usize> {
    let rows = Rows(env);
    let own = format!("user_id = {}", rows.id(&person.id));
    let tables = [
        "session_families",
        "security_events",
        "consents",
        "one_time_tokens",
        "avatars",
        "outbox",
        "totp_authenticators",
        "backup_codes",
        "trusted_devices",
        "device_attempts",
        "login_challenges",
        "factor_attempts",
        "passkeys",
        "identities",
        "webauthn_ceremonies",
        "sms_authenticators",
        "sms_codes",
    ];
    tables.iter().map(|table| rows.count(table, &own)).collect()
}

#[apply(on_both_databases)]
async fn a_person_is_gone_when_the_time_has_come(env: Env) {
    let clock = StoppedClock::new();
    // What goes by its age must not go in the middle of this.
    let settings = [
        OFTEN,
        ("KINDRED_RETENTION__BATCH", "7"),
        ("KINDRED_RETENTION__ONE_TIME_TOKENS", "365d"),
        ("KINDRED_RETENTION__OUTBOX", "365d"),
    ];
    let server = InProcess::start(&env, clock.clone(), &settings).await;
    let (client, rows) = (&server.client, Rows(&env));
    let (mut ada, mut bob) = (rows.person(client, 20).await, rows.person(client, 20).await);
    prove_addresses(&env);
    for person in [&mut ada, &mut bob] {
        rows.passkeys(client, person, 20).await;
    }
    let mails = server.mailbox();

    let reply = erase(client, &ada.user.access).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    assert_eq!(reply.text("/erase_at"), clock.now().plus(GRACE).rfc3339());
    client.verify(&ada.user.access).await.assert_problem(401, "session_revoked");
    client.refresh(&ada.user.refresh, None).await.assert_problem(401, "session_revoked");
    let open = format!("user_id = {} AND used_at IS NULL AND voided_at IS NULL", rows.id(&ada.id));
    let others = format!("{open} AND purpose <> 'cancel_erasure'");
    assert_eq!(rows.count("one_time_tokens", &others), 0, "no link works but the one that keeps the account");
    mails.wait_for(&ada.user.email, "erasure_requested").await;

    clock.advance(GRACE - Duration::from_micros(1));
    job_has_run(&env, &clock).await;
    assert!(is_there(&env, &ada), "a microsecond is a microsecond");
    let bobs = traces(&env, &bob);
    clock.advance(Duration::from_micros(1));
    job_has_run(&env, &clock).await;

    assert!(!is_there(&env, &ada) && is_there(&env, &bob));
    assert_eq!(traces(&env, &bob), bobs, "others lose nothing");
    mails.wait_for(&ada.user.email, "account_erased").await;
    mails.settled(&env).await;
    let everything = dump(&env);
    for trace in [&ada.canary, &ada.user.email] {
        let line = everything.lines().find(|line| line.contains(trace.as_str()));
        assert_eq!(line, None, "{trace} stands there still");
    }
    assert!(everything.contains(&bob.canary) && everything.contains(&bob.user.email));
    let key = rows.id(&ada.id);
    let placed =
        format!("(user_id = {key} OR actor_id = {key}) AND (address IS NOT NULL OR user_agent IS NOT NULL)");
    assert_eq!(rows.count("security_events", &placed), 0);
    let kept = format!("user_id = {key} AND kind = 'session.ended'");
    assert!(rows.count("security_events", &kept) >= 40, "that it happened stays");
    let kinds = format!("user_id = {key} AND kind IN ('account.erasure_requested', 'account.erased')");
    assert_eq!(rows.count("security_events", &kinds), 2);
    let detail = sql(&env, &format!("SELECT detail FROM security_events WHERE {kept} LIMIT 1"));
    assert_eq!(detail.replace(' ', ""), r#"{"reason":"logout"}"#);
    assert_eq!(rows.count("pending_registrations", &format!("email = '{}'", ada.user.email)), 0);
    for table in ["outbox", "quota_usage", "sms_authenticators", "sms_codes", "sms_sends"] {
        assert_eq!(rows.count(table, &format!("user_id = {key}")), 0, "{table}");
    }

    assert_eq!(client.refresh(&ada.user.refresh, None).await.status, 401);
    client.login(&ada.user.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(client.register(&ada.user.email, PASSWORD).await.status, 201, "the address is free");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn without_a_grace_it_is_done_at_once(env: Env) {
    let node = env.node(&[("KINDRED_PRIVACY__ERASURE_GRACE", "0s")]).await;
    let client = node.client();
    let ada = Rows(&env).person(&client, 5).await;
    prove_addresses(&env);
    assert_eq!(erase(&client, &ada.user.access).await.status, 202);
    assert!(!is_there(&env, &ada));
    client.me(&ada.user.access).await.assert_problem(401, "session_revoked");
    client.login(&ada.user.email, PASSWORD).await.assert_problem(401, "invalid_credentials");
    node.mailbox().wait_for(&ada.user.email, "account_erased").await;
    assert!(!node.logs().contains(&ada.user.email));
}

#[apply(on_both_databases)]
async fn the_last_administrator_stays(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let (ada, bob) = (client.signed_in().await, client.signed_in().await);
    let admin = |email: &str| {
        sql(&env, &format!("UPDATE users SET roles = 'user admin' WHERE email = '{email}'"));
    };
    admin(&ada.email);
    erase(&client, &ada.access).await.assert_problem(409, "conflict");
    assert_eq!(client.verify(&ada.access).await.status, 204, "nothing has ended");
    admin(&bob.email);
    // Of two who leave at once, one stays.
    let (one, other) = tokio::join!(erase(&client, &ada.access), erase(&client, &bob.access));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409]);
}
