//! What is over its time goes, and nothing else.

use std::collections::BTreeMap;
use std::process::Output;

use kindred::clock::{Clock, SystemClock};
use macro_rules_attribute::apply;
use serde_json::Value;

use super::rows::{DAY, Rows};
use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::wait_until;
use crate::support::process::Node;
use crate::support::sql::sql;

/// Rows deleted by each job, as the command tells.
fn reported(output: &Output) -> BTreeMap<String, u64> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let jobs: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let row = |job: &Value| {
        (job["job"].as_str().expect("a name").to_owned(), job["rows"].as_u64().expect("a number"))
    };
    assert!(jobs.iter().all(|job| job["error"].is_null()), "{jobs:?}");
    jobs.iter().map(row).collect()
}

fn purge(node: &Node) -> BTreeMap<String, u64> {
    reported(&node.command(&["purge", "--json"]).output().expect("it starts"))
}

fn now() -> i64 {
    SystemClock.now().as_micros()
}

fn total(env: &Env) -> usize {
    Rows(env).count("security_events", "kind = 'session.ended'")
}

/// [`total`] once PostgreSQL has done what a killed process had sent.
fn settled(env: &Env) -> usize {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    wait_until("no one else is connected", || {
        (Rows(env).is_sqlite() || sql(env, others) == "0").then_some(())
    });
    total(env)
}

#[apply(on_both_databases)]
async fn each_kind_goes_at_its_own_time(env: Env) {
    let node =
        env.node(&[("KINDRED_RETENTION__BATCH", "100"), ("KINDRED_RETENTION__FAILED_LOGINS", "30d")]).await;
    let client = node.client();
    let rows = Rows(&env);
    let (ada, bob) = (client.signed_in().await, client.signed_in().await);
    let id = client.me(&ada.access).await.text("/id");
    let (key, today, now) = (rows.id(&id), now() / DAY, now());
    // One of each pair is over its time, the other is not yet.
    rows.events(250, "session.ended", (&key, &key), "old", now - 91 * DAY);
    rows.events(7, "session.ended", (&key, &key), "young", now - 89 * DAY);
    rows.events(150, "login.failed", (&key, "NULL"), "old", now - 31 * DAY);
    rows.events(7, "login.failed", (&key, "NULL"), "young", now - 29 * DAY);
    let old = (now - 91 * DAY).to_string();
    rows.families(120, &key, "old", &old, now - 2 * DAY);
    rows.families(7, &key, "ended long ago, but its tokens could still come", &old, now + DAY);
    rows.families(7, &key, "expired just now", &old, now - DAY / 2);
    rows.families(7, &key, "ended lately", &(now - 89 * DAY).to_string(), now - 2 * DAY);
    rows.families(30, &key, "expired unseen", "NULL", now - 91 * DAY);
    rows.one_time_tokens(110, &key, &ada.email, now - 8 * DAY);
    rows.one_time_tokens(7, &key, &ada.email, now - 6 * DAY);
    rows.invitations(110, "guest@example.com", "NULL", now - 8 * DAY);
    rows.invitations(7, "other@example.com", "NULL", now - 6 * DAY);
    rows.pending_registrations(110, "pending@example.com", now - 1);
    rows.pending_registrations(7, "waiting@example.com", now + DAY);
    rows.login_challenges(110, &key, "old", now - 8 * DAY);
    rows.login_challenges(7, &key, "young", now - 6 * DAY);
    rows.trusted_devices(110, &key, "old", now - 2 * DAY);
    rows.trusted_devices(7, &key, "young", now - DAY / 2);
    rows.device_attempts(110, &key, now - 182 * DAY);
    rows.device_attempts(7, &key, now - 180 * DAY);
    rows.ceremonies(60, "NULL", now - 1);
    rows.ceremonies(50, &key, now - 1);
    rows.ceremonies(7, &key, now + DAY);
    rows.captcha_uses(110, now - 2 * DAY);
    rows.captcha_uses(7, now - DAY / 2);
    rows.federation_uses(110, now - 2 * DAY);
    rows.federation_uses(7, now - DAY / 2);
    rows.ceremony_uses(110, now - 2 * DAY);
    rows.ceremony_uses(7, now - DAY / 2);
    rows.stranger_counts(110, now - 31 * DAY);
    rows.stranger_counts(7, now - 29 * DAY);
    rows.messages(110, &key, "sent", &(now - 8 * DAY).to_string());
    rows.messages(7, &key, "dead", &(now - 6 * DAY).to_string());
    rows.messages(7, &key, "pending", "NULL");
    rows.quotas(110, &id, today - 200);
    rows.quotas(1, &id, today - 1);
    rows.sms_codes(110, &key, "login", now - 1);
    rows.sms_codes(7, &key, "login", now + DAY);
    rows.sms_codes(110, &key, "enrollment", now - 1);
    rows.sms_codes(7, &key, "enrollment", now + DAY);
    rows.begun_app(&key, now - 2 * DAY);
    rows.begun_app(&rows.id(&client.me(&bob.access).await.text("/id")), now - DAY / 2);
    rows.sms_sends(110, &key, now - DAY - 1);
    rows.sms_sends(7, &key, now - DAY / 2);

    let expected = [
        ("erasures", 0),
        ("purge_captcha_uses", 110),
        ("purge_device_attempts", 110),
        ("purge_failed_logins", 150),
        ("purge_federation_uses", 110),
        ("purge_invitations", 110),
        ("purge_login_challenges", 110),
        ("purge_one_time_tokens", 110),
        ("purge_outbox", 110),
        ("purge_pending_registrations", 110),
        ("purge_quotas", 110),
        ("purge_security_events", 250),
        ("purge_sessions", 150),
        ("purge_sms_codes", 110),
        ("purge_sms_enrollments", 110),
        ("purge_sms_sends", 110),
        ("purge_stranger_counts", 110),
        ("purge_totp_enrollments", 1),
        ("purge_trusted_devices", 110),
        ("purge_webauthn_ceremonies", 110),
        ("purge_webauthn_ceremony_uses", 110),
    ];
    assert_eq!(purge(&node), expected.map(|(job, rows)| (job.to_owned(), rows)).into());
    assert!(purge(&node).values().all(|rows| *rows == 0), "nothing is left to do");

    let canary = |word: &str| rows.count("security_events", &format!("correlation_id = '{word}'"));
    assert_eq!((canary("old"), canary("young")), (0, 14));
    let of_device = |what: &str| rows.count("session_families", &format!("device_name = 'device {what}'"));
    assert_eq!((of_device("old"), of_device("expired unseen")), (0, 0));
    assert_eq!(of_device("ended long ago, but its tokens could still come"), 7);
    assert_eq!((of_device("expired just now"), of_device("ended lately")), (7, 7));
    assert_eq!(client.refresh(&ada.refresh, None).await.status, 200, "who is signed in stays so");
    assert_eq!(rows.count("one_time_tokens", "purpose = 'reset_password'"), 7);
    assert_eq!(rows.count("invitations", "1 = 1"), 7);
    for table in [
        "device_attempts",
        "login_challenges",
        "pending_registrations",
        "trusted_devices",
        "webauthn_ceremonies",
    ] {
        assert_eq!(rows.count(table, "1 = 1"), 7, "{table}");
    }
    assert_eq!(rows.count("outbox", "template = 'new_device' AND state = 'pending'"), 7);
    let job = "SELECT rows, rows_total FROM job_runs WHERE job = 'purge_security_events'";
    assert_eq!(sql(&env, job), "0|250", "the last run, and all");
}

#[apply(on_both_databases)]
async fn two_at_once_delete_each_row_once(env: Env) {
    let mut node = env.node(&[("KINDRED_RETENTION__BATCH", "10")]).await;
    // Its own jobs shall not help.
    node.kill_9();
    Rows(&env).events(1_000, "session.ended", ("NULL", "NULL"), "old", now() - 91 * DAY);
    let start = |_| node.command(&["purge", "--json"]).spawn().expect("it starts");
    let outputs = [0, 1].map(start).map(|child| child.wait_with_output().expect("a child of ours"));
    let deleted: u64 = outputs.iter().map(|output| reported(output)["purge_security_events"]).sum();
    assert_eq!((deleted, total(&env)), (1_000, 0));
}

#[apply(on_both_databases)]
async fn a_killed_purge_has_done_whole_batches(env: Env) {
    let mut node = env.node(&[("KINDRED_RETENTION__BATCH", "10")]).await;
    // Its own jobs shall not help.
    node.kill_9();
    Rows(&env).events(20_000, "session.ended", ("NULL", "NULL"), "old", now() - 91 * DAY);
    let mut child = node.command(&["purge", "--json"]).spawn().expect("it starts");
    wait_until("it is under way", || (total(&env) < 19_900).then_some(()));
    child.kill().and_then(|()| child.wait()).expect("it ends");
    let left = settled(&env);
    assert!(left > 0 && left.is_multiple_of(10), "{left}");
    assert_eq!(purge(&node)["purge_security_events"], left as u64);
    assert_eq!(total(&env), 0);
}

#[apply(on_both_databases)]
async fn the_server_does_it_by_itself(env: Env) {
    let node = env.node(&[("KINDRED_RETENTION__INTERVAL", "200ms")]).await;
    Rows(&env).events(30, "session.ended", ("NULL", "NULL"), "old", now() - 91 * DAY);
    wait_until("they are gone", || (total(&env) == 0).then_some(()));
    let labels = [("job", "purge_security_events")];
    let metric = |name: &'static str| {
        let node = &node;
        async move { crate::support::metrics::metric(node, name, &labels).await }
    };
    crate::support::eventually::eventually("it is counted", async || {
        let is_counted = metric("auth_job_rows_total").await == 30.0
            && metric("auth_job_last_success_timestamp_seconds").await > 1.7e9
            && metric("auth_job_duration_seconds_count").await >= 1.0;
        is_counted.then_some(())
    })
    .await;
}
