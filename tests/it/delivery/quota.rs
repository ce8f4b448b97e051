//! Budgets hold, across restarts as well.

use std::time::Duration;

use kindred::model::notice::{Channel, Notice};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

use super::writing::{Writer, invitation, link, taken, wait_for_outcomes, warning};
use crate::privacy::rows::Rows;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{send, unique_email};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::metrics::metric;
use crate::support::sql::{rows, sql};

const SENT: &str = "sent 1 unsealed -";
const OVER: &str = "over_quota 1 unsealed -";

/// Waits until the messages are in these states, in the order of the alphabet, and each that is pending is postponed.
async fn wait_for_states(env: &Env, expected: &[&str]) {
    let postponed = "SELECT CASE WHEN state = 'pending' AND next_attempt_at = created_at THEN 'due' ELSE state END \
                     FROM outbox WHERE state <> 'pending' OR attempts = 0 ORDER BY 1";
    let what = format!("the states {expected:?}");
    eventually(&what, async || (rows(env, postponed) == expected).then_some(())).await;
}

#[apply(on_both_databases)]
async fn nodes_add_up(env: Env) {
    let (one, two) = (Writer::of(&env).await, Writer::of(&env).await);
    let ada = one.user().await;
    for node in [&one, &two, &one] {
        node.spend(Channel::Mail, ada).await.expect("within the quota");
        node.quotas().flush().await.expect("it is written");
    }
    let spent = one.spend(Channel::Sms, ada).await.expect("within the quota");
    one.quotas().give_back(&spent);
    let report = one.quotas().report();
    let used: Vec<_> = report.channels.iter().map(|quota| (quota.channel, quota.used)).collect();
    assert_eq!(used, [("mail", 3), ("sms", 0)]);
    assert_eq!((report.channels[1].limit, report.channels[1].limit_per_user), (1_000, 10));
    let rest = report.resets_at.since(one.now());
    assert!(rest > Duration::ZERO && rest <= Duration::from_secs(86_400), "{rest:?}");
    let of_ada = format!("SELECT CAST(used AS TEXT) FROM quota_usage WHERE scope = 'mail/{ada}'");
    assert_eq!(rows(&env, &of_ada), ["3"]);
}

#[apply(on_both_databases)]
async fn an_account_has_its_quota_and_is_warned_beyond_it(env: Env) {
    let settings = [("KINDRED_THROTTLE__MAIL_PER_USER", "2"), ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")];
    let mut node = env.node(&settings).await;
    let writer = Writer::of(&env).await;
    let (ada, bob, to) = (Some(writer.user().await), Some(writer.user().await), unique_email());
    writer.mail_to_user(ada, &to, link("one")).await;
    wait_for_outcomes(&env, &[SENT]).await;
    writer.mail_to_user(ada, &to, link("two")).await;
    wait_for_outcomes(&env, &[SENT, SENT]).await;
    writer.mail_to_user(ada, &to, link("three")).await;
    wait_for_outcomes(&env, &[SENT, SENT, OVER]).await;
    writer.mail_to_user(ada, &to, warning()).await;
    writer.mail_to_user(bob, &to, link("of another user")).await;
    wait_for_outcomes(&env, &[SENT, SENT, OVER, SENT, SENT]).await;
    let mail = [("channel", "mail")];
    assert_eq!(metric(&node, "auth_quota_refused_total", &mail).await, 1.0);
    // A warning is not among them.
    assert_eq!(metric(&node, "auth_quota_used", &mail).await, 3.0);
    assert_eq!(metric(&node, "auth_quota_limit", &mail).await, 100_000.0);
    // What was spent is written when the node stops, and read when it starts.
    assert!(node.terminate().success());
    node.restart();
    eventually("yesterday's metric", async || {
        (metric(&node, "auth_quota_used", &mail).await == 3.0).then_some(())
    })
    .await;
    writer.mail_to_user(ada, &to, link("four")).await;
    wait_for_outcomes(&env, &[SENT, SENT, OVER, SENT, SENT, OVER]).await;
}

#[apply(on_both_databases)]
async fn of_someone_who_is_gone_nothing_is_written(env: Env) {
    let writer = Writer::of(&env).await;
    let (ada, bob) = (writer.user().await, writer.user().await);
    for user in [ada, bob] {
        writer.spend(Channel::Mail, user).await.expect("within the quota");
    }
    writer.quotas().flush().await.expect("it is written");
    for user in [ada, bob] {
        writer.spend(Channel::Mail, user).await.expect("within the quota");
    }
    let id = Rows(&env).id(&ada.to_string());
    sql(&env, &format!("DELETE FROM users WHERE id = {id}"));
    writer.quotas().flush().await.expect("it is written");
    let counts = rows(
        &env,
        "SELECT scope || ' ' || CAST(used AS TEXT) FROM quota_usage \
             WHERE scope NOT LIKE 'mail-requested/%' ORDER BY scope DESC",
    );
    assert_eq!(counts, ["sms 0".to_owned(), format!("mail/{bob} 2"), "mail 4".to_owned()]);
}

#[apply(on_both_databases)]
async fn all_together_have_a_quota(env: Env) {
    let settings = [
        ("KINDRED_THROTTLE__MAIL_GLOBAL", "1"),
        ("KINDRED_THROTTLE__QUOTA_FLUSH_INTERVAL", "50ms"),
        ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms"),
    ];
    let mut node = env.node(&settings).await;
    let writer = Writer::of(&env).await;
    writer.mail(&unique_email(), link("one")).await;
    wait_for_outcomes(&env, &[SENT]).await;
    writer.mail(&unique_email(), link("one too many")).await;
    wait_for_outcomes(&env, &[SENT, OVER]).await;
    let stored = "SELECT CAST(used AS TEXT) FROM quota_usage WHERE scope = 'mail'";
    eventually("it is written", async || (rows(&env, stored) == ["1"]).then_some(())).await;
    // A crash forgets at most what was not yet written: here nothing.
    node.kill_9();
    node.restart();
    writer.mail(&unique_email(), link("two")).await;
    wait_for_outcomes(&env, &[SENT, OVER, OVER]).await;
    writer.mail(&unique_email(), warning()).await;
    wait_for_outcomes(&env, &[SENT, OVER, OVER, SENT]).await;
}
/// A fifth is kept, if nothing else is said, for what gives people their accounts back.
#[apply(on_both_databases)]
async fn resets_and_verification_have_a_reserve(env: Env) {
    let settings = [("KINDRED_THROTTLE__MAIL_GLOBAL", "5"), ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")];
    let _node = env.node(&settings).await;
    let writer = Writer::of(&env).await;
    let mut outcomes = vec![];
    for outcome in [SENT, SENT, SENT, SENT, OVER] {
        writer.mail(&unique_email(), taken()).await;
        outcomes.push(outcome);
        wait_for_outcomes(&env, &outcomes).await;
    }
    for outcome in [SENT, OVER] {
        writer.mail(&unique_email(), link("for access")).await;
        outcomes.push(outcome);
        wait_for_outcomes(&env, &outcomes).await;
    }
}

/// No matter whom it is about, and what asks for it.
#[apply(on_both_databases)]
async fn a_recipient_has_a_quota_for_what_strangers_ask_for(env: Env) {
    let settings = [("KINDRED_THROTTLE__MAIL_REQUESTED", "2"), ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")];
    let mut node = env.node(&settings).await;
    let writer = Writer::of(&env).await;
    let (ada, to) = (writer.user().await, unique_email());
    let mut outcomes = vec![];
    for (user, notice, outcome) in [
        (None, link("one"), SENT),
        (Some(ada), taken(), SENT),
        (Some(ada), link("three"), OVER),
        (None, taken(), OVER),
    ] {
        writer.mail_to_user(user, &to, notice).await;
        outcomes.push(outcome);
        wait_for_outcomes(&env, &outcomes).await;
    }
    // What an administrator sends is none of these, nor is what goes to someone else.
    writer.mail(&to, invitation()).await;
    writer.mail(&unique_email(), link("four")).await;
    outcomes.extend([SENT, SENT]);
    wait_for_outcomes(&env, &outcomes).await;
    // The count tells no one who it is.
    assert!(node.terminate().success());
    let scopes = rows(&env, "SELECT scope FROM quota_usage WHERE scope LIKE 'mail-requested/%'");
    assert_eq!(scopes.len(), 2);
    assert!(!scopes.iter().any(|scope| scope.contains('@')), "{scopes:?}");
}

/// One of a kind in an hour; of the others the last one waits for the next hour.
#[apply(on_both_databases)]
async fn warnings_of_one_kind_are_collapsed(env: Env) {
    let clock = StoppedClock::new();
    let settings = [
        ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms"),
        ("KINDRED_THROTTLE__MAIL_GLOBAL", "0"),
        ("KINDRED_THROTTLE__MAIL_PER_USER", "0"),
    ];
    let server = InProcess::start(&env, clock.clone(), &settings).await;
    let writer = Writer::of(&env).await;
    let (ada, bob, to) = (Some(writer.user().await), Some(writer.user().await), unique_email());
    // What is written from now on is due in the time of the server.
    clock.advance(Duration::from_secs(60));
    writer.mail_to_user(ada, &to, warning()).await;
    wait_for_outcomes(&env, &[SENT]).await;
    for _ in 0..3 {
        writer.mail_to_user(ada, &to, warning()).await;
    }
    wait_for_states(&env, &["collapsed", "collapsed", "pending", "sent"]).await;
    let contents = "SELECT CAST(count(*) AS TEXT) FROM outbox WHERE sealed IS NOT NULL";
    assert_eq!(rows(&env, contents), ["1"], "no one needs the others");
    // Another kind, and another user.
    writer.mail_to_user(ada, &to, Notice::BackupCodesLow { left: 2 }).await;
    writer.mail_to_user(bob, &to, warning()).await;
    wait_for_states(&env, &["collapsed", "collapsed", "pending", "sent", "sent", "sent"]).await;
    clock.advance(Duration::from_secs(3_600));
    wait_for_states(&env, &["collapsed", "collapsed", "sent", "sent", "sent", "sent"]).await;
    assert_eq!(server.metric("auth_quota_used", &[("channel", "mail")]).await, 0.0);
    server.stop().await;
}

/// Someone may have typed a stranger's address: what happens to the account is not told there.
#[apply(on_both_databases)]
async fn no_warning_goes_to_an_address_that_no_one_has_proven(env: Env) {
    let node = env.node(&[("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")]).await;
    let writer = Writer::of(&env).await;
    let (ada, to) = (Some(writer.user().await), unique_email());
    writer.mail_to_unproven(ada, &to, warning()).await;
    writer.mail_to_unproven(ada, &to, link("asked for")).await;
    wait_for_outcomes(&env, &[SENT]).await;
    assert_eq!(rows(&env, "SELECT template FROM outbox"), ["verify_email"]);
    let client = node.client();
    let family = Family::open(&client).await;
    for _ in 0..5 {
        let body = json!({"new_email": unique_email()});
        let asked = client.request(Method::POST, "/api/v1/auth/email/change").bearer_auth(family.access());
        assert_eq!(send(asked.json(&body)).await.status, 202);
    }
    let all = "SELECT CAST(count(*) AS TEXT) FROM security_events WHERE kind = 'email.change_requested'";
    eventually("all of it is done", async || (rows(&env, all) == ["5"]).then_some(())).await;
    node.mailbox().assert_none(&env, &family.email, "email_change_requested").await;
}
