//! Mails reach a relay, over TLS only.

use macro_rules_attribute::apply;

use super::writing::{Writer, link, wait_for_outcomes};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::unique_email;
use crate::support::process::Node;
use crate::support::smtp_server::{Security, SmtpServer};

/// A node that sends through this relay.
pub async fn node_of(env: &Env, relay: &SmtpServer, further: &[(&str, &str)]) -> Node {
    let settings = relay.settings();
    let settings = settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    env.node(&settings.chain(further.iter().copied()).collect::<Vec<_>>()).await
}

/// Nothing but what begins TLS was said without it.
pub fn assert_nothing_in_plain(relay: &SmtpServer) {
    for line in relay.in_plain() {
        let verb = line.split(' ').next().expect("a verb");
        assert!(["EHLO", "STARTTLS", "QUIT"].contains(&verb), "in plain: {line}");
    }
}

async fn mails_arrive(env: &Env, security: Security) {
    let relay = SmtpServer::start(security).await;
    let node = node_of(env, &relay, &[]).await;
    let writer = Writer::of(env).await;
    let to = unique_email();
    for (sent, token) in ["one", "two", "three"].into_iter().enumerate() {
        if sent == 2 {
            // As relays do with connections that were idle for long.
            relay.hang_up();
        }
        writer.mail(&to, link(token)).await;
        wait_for_outcomes(env, &vec!["sent 1 unsealed -"; sent + 1]).await;
    }
    assert_eq!(relay.connections(), 2, "the first two went by one connection");
    let mails = relay.mails();
    let tokens: Vec<String> = mails.iter().map(|mail| mail.token()).collect();
    assert_eq!(tokens, ["one", "two", "three"]);
    assert_eq!((mails[0].to.as_str(), mails[0].from.as_str()), (to.as_str(), "no-reply@id.example"));
    assert_eq!(mails[0].subject, "Kindred: confirm your address");
    assert!(mails[0].html.contains("<a href=\"http://id.example/account/verify-email?token=one\""));
    assert!(mails[0].raw.contains("Auto-Submitted: auto-generated"));
    assert_nothing_in_plain(&relay);
    let logs = node.logged("a message was sent").await;
    assert!(!logs.contains(&to) && !logs.contains("token="), "{logs}");
}

#[apply(on_both_databases)]
async fn by_starttls(env: Env) {
    mails_arrive(&env, Security::Starttls).await;
}

#[apply(on_both_databases)]
async fn by_tls_from_the_first_byte(env: Env) {
    mails_arrive(&env, Security::Tls).await;
}
