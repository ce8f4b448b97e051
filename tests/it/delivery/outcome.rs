//! Messages that end otherwise than by being sent.

use std::time::Duration;

use kindred::entropy::OsEntropy;
use kindred::model::sealed_row::SealedRow;
use macro_rules_attribute::apply;

use super::writing::{Writer, link, wait_for_outcomes};
use crate::keys::sealed::{own_key, ring};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::unique_email;
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::sql::{id_literal, sql};

#[apply(on_both_databases)]
async fn what_has_expired_is_not_sent_and_keeps_no_contents(env: Env) {
    let node = env.node(&[("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")]).await;
    let writer = Writer::of(&env).await;
    let to = unique_email();
    writer.mail_until(&to, link("late"), writer.now()).await;
    wait_for_outcomes(&env, &["expired 1 unsealed -"]).await;
    writer.mail_until(&to, link("in-time"), writer.now().plus(Duration::from_secs(600))).await;
    wait_for_outcomes(&env, &["expired 1 unsealed -", "sent 1 unsealed -"]).await;
    let mails = node.mailbox().all(&to, "verify_email");
    assert_eq!(mails.iter().map(|mail| mail.token()).collect::<Vec<_>>(), ["in-time"]);
    assert_eq!(
        metric(&node, "auth_deliveries_total", &[("channel", "mail"), ("outcome", "expired")]).await,
        1.0
    );
}

#[apply(on_both_databases)]
async fn what_cannot_be_opened_is_given_up(env: Env) {
    let _node = env.node(&[("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")]).await;
    let writer = Writer::of(&env).await;
    let mut message = writer.sealed(&unique_email(), link("damaged"));
    message.sealed[40] ^= 1;
    writer.write(vec![message]).await.expect("it is written");
    wait_for_outcomes(&env, &["dead 1 sealed it is damaged, or was sealed for another row"]).await;
}

/// Another node may know its kind, or its channel: it is neither sent nor given up.
#[apply(on_both_databases)]
async fn a_message_of_a_newer_version_waits(env: Env) {
    // One attempt, and no other one during the test.
    let settings = [
        ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms"),
        ("KINDRED_OUTBOX__RETRY_BASE", "30m"),
        ("KINDRED_OUTBOX__RETRY_MAX", "30m"),
    ];
    let mut node = env.node(&settings).await;
    node.kill_9();
    let writer = Writer::of(&env).await;
    let to = unique_email();
    let other_channel = writer.sealed(&to, link("by-pigeon"));
    let id = id_literal(&env, other_channel.id);
    let mut other_kind = writer.sealed(&to, link("unknown"));
    let letter = format!("{{\"to\":\"{to}\",\"notice\":{{\"OfALaterVersion\":{{}}}}}}");
    let row = SealedRow::Message(other_kind.id).to_string();
    let sealed = ring(&own_key(&env), &[]).seal(&OsEntropy, &row, letter.as_bytes());
    other_kind.sealed = sealed.expect("it is sealed");
    // One after the other, as their order is that of the outcomes.
    for message in [other_channel, other_kind] {
        writer.write(vec![message]).await.expect("it is written");
    }
    sql(&env, &format!("UPDATE outbox SET channel = 'pigeon' WHERE id = {id}"));
    writer.mail(&to, link("known")).await;
    tokio::task::block_in_place(|| node.restart());
    let unknown = "pending 1 sealed the message is of a kind that this version does not know";
    wait_for_outcomes(&env, &["pending 0 sealed -", unknown, "sent 1 unsealed -"]).await;
    let mails = node.mailbox().all(&to, "verify_email");
    assert_eq!(mails.iter().map(|mail| mail.token()).collect::<Vec<_>>(), ["known"]);
    // A node that knows the channel sends what has waited.
    sql(&env, &format!("UPDATE outbox SET channel = 'mail' WHERE id = {id}"));
    wait_for_outcomes(&env, &["sent 1 unsealed -", unknown, "sent 1 unsealed -"]).await;
}

#[apply(on_both_databases)]
async fn the_log_transport_delivers_nothing_and_tells_no_secret(env: Env) {
    let node =
        env.node(&[("KINDRED_MAIL__TRANSPORT", "log"), ("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")]).await;
    let to = unique_email();
    Writer::of(&env).await.mail(&to, link("secret-token")).await;
    wait_for_outcomes(&env, &["sent 1 unsealed -"]).await;
    assert_eq!(node.mailbox().everything(), []);
    // The log is written by a thread of its own, which may be later than the database.
    let logs = eventually("the line of the log", async || {
        let logs = node.logs();
        (logs.contains("verify_email") && logs.contains("u•••@e•••.com")).then_some(logs)
    })
    .await;
    assert!(!logs.contains(&to) && !logs.contains("secret-token"), "{logs}");
}
