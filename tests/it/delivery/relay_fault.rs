//! F-30: a relay that misbehaves. Nothing leaves in plain, nothing is lost, and no one has to wait.

use macro_rules_attribute::apply;

use super::relay::{assert_nothing_in_plain, node_of};
use super::writing::{Writer, link, outcomes, wait_for_outcomes};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::unique_email;
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::smtp_server::{Behaviour, Security, SmtpServer};

/// The relay misbehaves, the mail is tried again without harm, the relay recovers, the mail arrives.
async fn survives(security: Security, behaviour: Behaviour, reason: &str) {
    let env = Env::new(Backend::Sqlite).await;
    let relay = SmtpServer::start(security).await;
    relay.behave(behaviour);
    let patience = if behaviour == Behaviour::Silent { "300ms" } else { "20s" };
    let node = node_of(&env, &relay, &[("KINDRED_MAIL__SMTP_TIMEOUT", patience)]).await;
    let writer = Writer::of(&env).await;
    let to = unique_email();
    writer.mail(&to, link("late")).await;
    let failed = [("channel", "mail"), ("outcome", "failed")];
    eventually("two tries", async || {
        (metric(&node, "auth_deliveries_total", &failed).await >= 2.0).then_some(())
    })
    .await;
    let outcome = outcomes(&env).remove(0);
    assert!(
        outcome.starts_with("pending ") && outcome.contains(" sealed ") && outcome.contains(reason),
        "{outcome}"
    );
    assert!(!outcome.contains(&to) && !node.logs().contains(&to), "{outcome}");
    assert_eq!(relay.mails(), []);
    relay.behave(Behaviour::Works);
    eventually("the mail", async || (!relay.mails().is_empty()).then_some(())).await;
    eventually("it is written down", async || outcomes(&env)[0].starts_with("sent ").then_some(())).await;
    // At least once: who is impatient may not hear that the mail was taken.
    let mails = relay.mails();
    assert!(mails.len() == 1 || behaviour == Behaviour::Silent, "{}", mails.len());
    assert!(mails.iter().all(|mail| mail.token() == "late"));
    assert_nothing_in_plain(&relay);
}

macro_rules! survived {
    ($($name:ident: $security:ident $behaviour:expr, $reason:expr;)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            survives(Security::$security, $behaviour, $reason).await;
        })+
    };
}

survived! {
    down: Starttls Behaviour::Down, "relay";
    down_with_tls: Tls Behaviour::Down, "no connection to the relay";
    silent: Tls Behaviour::Silent, "no connection to the relay in time";
    garbage: Starttls Behaviour::Garbage, "relay";
    garbage_with_tls: Tls Behaviour::Garbage, "no connection to the relay";
    an_unknown_certificate: Starttls Behaviour::WrongCertificate, "no connection to the relay: invalid peer certificate";
    an_unknown_certificate_with_tls: Tls Behaviour::WrongCertificate, "invalid peer certificate";
    a_certificate_of_another_host: Tls Behaviour::WrongHost, "invalid peer certificate";
    starttls_stripped: Starttls Behaviour::StarttlsStripped, "the relay does not offer STARTTLS";
    starttls_refused: Starttls Behaviour::StarttlsRefused, "the relay answered 454";
    login_refused: Tls Behaviour::LoginRefused, "the relay answered 535";
    a_recipient_for_later: Starttls Behaviour::Recipient(451), "the relay answered 451";
}

#[apply(on_both_databases)]
async fn a_refused_recipient_is_given_up_at_once(env: Env) {
    let relay = SmtpServer::start(Security::Tls).await;
    relay.behave(Behaviour::Recipient(550));
    let node = node_of(&env, &relay, &[]).await;
    let to = unique_email();
    Writer::of(&env).await.mail(&to, link("never")).await;
    wait_for_outcomes(&env, &["dead 1 sealed the relay answered 550"]).await;
    assert_eq!(
        metric(&node, "auth_deliveries_total", &[("channel", "mail"), ("outcome", "dead")]).await,
        1.0
    );
    assert!(!node.logs().contains(&to), "the relay's answer names the recipient; ours does not");
}

#[apply(on_both_databases)]
async fn what_never_works_becomes_a_dead_letter(env: Env) {
    let relay = SmtpServer::start(Security::Tls).await;
    relay.behave(Behaviour::Recipient(421));
    let node = node_of(&env, &relay, &[("KINDRED_OUTBOX__MAX_ATTEMPTS", "3")]).await;
    Writer::of(&env).await.mail(&unique_email(), link("never")).await;
    wait_for_outcomes(&env, &["dead 3 sealed the relay answered 421"]).await;
    let outcome = |outcome| [("channel", "mail"), ("outcome", outcome)];
    assert_eq!(metric(&node, "auth_deliveries_total", &outcome("failed")).await, 2.0);
    assert_eq!(metric(&node, "auth_deliveries_total", &outcome("dead")).await, 1.0);
}

#[apply(on_both_databases)]
async fn requests_do_not_wait_for_a_slow_relay(env: Env) {
    let relay = SmtpServer::start(Security::Tls).await;
    relay.behave(Behaviour::Silent);
    let node = node_of(&env, &relay, &[("KINDRED_MAIL__SMTP_TIMEOUT", "60s")]).await;
    let writer = Writer::of(&env).await;
    for token in ["a", "b", "c", "d"] {
        writer.mail(&unique_email(), link(token)).await;
    }
    eventually("all are on their way", async || (relay.connections() >= 4).then_some(())).await;
    let client = node.client();
    let user = client.signed_in().await;
    for _ in 0..20 {
        assert_eq!(client.me(&user.access).await.status, 200);
    }
    let failed = [("channel", "mail"), ("outcome", "failed")];
    assert_eq!(metric(&node, "auth_deliveries_total", &failed).await, 0.0, "they hang all the while");
    // Others pass those that hang.
    relay.behave(Behaviour::Works);
    writer.mail(&unique_email(), link("swift")).await;
    eventually("the next mail", async || {
        relay.mails().iter().any(|mail| mail.token() == "swift").then_some(())
    })
    .await;
    eventually("the backlog is shown", async || {
        (metric(&node, "auth_outbox_pending", &[("channel", "mail")]).await >= 4.0
            && metric(&node, "auth_outbox_oldest_seconds", &[("channel", "mail")]).await > 0.0)
            .then_some(())
    })
    .await;
}
