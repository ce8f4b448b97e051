//! Messages that end otherwise than by being sent.

use std::time::Duration;

use macro_rules_attribute::apply;

use super::writing::{Writer, link, wait_for_outcomes};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::unique_email;
use crate::support::eventually::eventually;
use crate::support::metrics::metric;

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
