//! Relays as they are: strict about names, with few places, with logins by OAuth, with and without SMTPUTF8.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use macro_rules_attribute::apply;
use tokio::net::TcpListener;

use super::relay::{assert_nothing_in_plain, node_of};
use super::writing::{Writer, link, outcomes, wait_for_outcomes};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, unique_email};
use crate::support::eventually::eventually;
use crate::support::process::Node;
use crate::support::smtp_server::{ACCESS_TOKEN, Behaviour, Security, SmtpServer};

/// What the node called itself when it sent a mail.
async fn names_in_ehlo(env: &Env, further: &[(&str, &str)]) -> Vec<String> {
    let relay = SmtpServer::start(Security::Starttls).await;
    let _node = node_of(env, &relay, further).await;
    Writer::of(env).await.mail(&unique_email(), link("hello")).await;
    eventually("the mail", async || (!relay.mails().is_empty()).then_some(())).await;
    assert_nothing_in_plain(&relay);
    relay.in_plain().into_iter().filter(|line| line.starts_with("EHLO")).collect()
}

#[apply(on_both_databases)]
async fn the_node_calls_itself_by_its_public_name(env: Env) {
    let public = ("KINDRED_SERVER__PUBLIC_URL", "https://auth.example.com/id");
    assert_eq!(names_in_ehlo(&env, &[public]).await, ["EHLO auth.example.com"]);
    let other = ("KINDRED_MAIL__SMTP_EHLO_NAME", "[192.0.2.1]");
    assert_eq!(names_in_ehlo(&env, &[public, other]).await, ["EHLO [192.0.2.1]"]);
}

/// A relay at 127.0.0.2, and at its port of 127.0.0.1 something that accepts connections, says nothing, and counts them.
async fn relay_beside_silence() -> (SmtpServer, Arc<AtomicUsize>) {
    for _ in 0..5 {
        let relay = SmtpServer::start_at("127.0.0.2", Security::Starttls).await;
        // Another process may have this port at the other address.
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", relay.port())).await {
            return (relay, silence(listener));
        }
    }
    panic!("no port is free at both addresses");
}

fn silence(listener: TcpListener) -> Arc<AtomicUsize> {
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            held.push(connection);
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    accepted
}

/// RFC 5321 §5.1. The name of the relay stands for three addresses. The first one, which is the node's own and therefore
/// preferred by the resolver (RFC 6724 §5, rule 9), does not answer; the second one has no listener.
#[apply(on_both_databases)]
async fn every_address_of_the_relay_is_tried(env: Env) {
    let (relay, silent) = relay_beside_silence().await;
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = folder.path().join("hosts");
    fs::write(&hosts, "127.0.0.1 localhost\n127.0.0.3 localhost\n127.0.0.2 localhost\n").expect("a file");
    let settings = relay.settings();
    let settings = settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>();
    let setup = env.setup(&settings);
    let Some(_node) = tokio::task::block_in_place(|| Node::start_with_hosts(setup, &hosts)) else {
        crate::support::not_run("this process may not mount a file system");
        return;
    };
    Writer::of(&env).await.mail(&unique_email(), link("address")).await;
    wait_for_outcomes(&env, &["sent 1 unsealed -"]).await;
    assert_eq!(relay.mails().len(), 1);
    assert!(silent.load(Ordering::SeqCst) > 0, "the address that does not answer was tried before");
}

#[apply(on_both_databases)]
async fn a_relay_with_few_places_gets_no_more_connections(env: Env) {
    let relay = SmtpServer::start(Security::Starttls).await;
    relay.behave(Behaviour::AtMost(2));
    let writer = Writer::of(&env).await;
    let mails = (0..12).map(|number| writer.sealed(&unique_email(), link(&number.to_string()))).collect();
    writer.write(mails).await.expect("they are written");
    let _node = node_of(&env, &relay, &[]).await;
    wait_for_outcomes(&env, &["sent 1 unsealed -"; 12]).await;
    assert_eq!(relay.mails().len(), 12);
    // Each refusal takes a place away, so there are not more of them than there were messages.
    assert!((1..12).contains(&relay.refused()), "{}", relay.refused());
}

/// The settings of a relay without its password.
async fn node_without_password(env: &Env, relay: &SmtpServer, further: &[(&str, &str)]) -> Node {
    let mut settings = relay.settings();
    settings.retain(|(key, _)| key != "KINDRED_MAIL__SMTP_PASSWORD");
    let settings = settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    env.node(&settings.chain(further.iter().copied()).collect::<Vec<_>>()).await
}

#[apply(on_both_databases)]
async fn an_access_token_logs_in(env: Env) {
    let relay = SmtpServer::start(Security::Tls).await;
    let _node =
        node_without_password(&env, &relay, &[("KINDRED_MAIL__SMTP_ACCESS_TOKEN", ACCESS_TOKEN)]).await;
    Writer::of(&env).await.mail(&unique_email(), link("token")).await;
    wait_for_outcomes(&env, &["sent 1 unsealed -"]).await;
}

#[apply(on_both_databases)]
async fn a_renewed_access_token_is_read_again(env: Env) {
    let relay = SmtpServer::start(Security::Starttls).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    let setting = ("KINDRED_MAIL__SMTP_ACCESS_TOKEN_FILE", file.to_str().expect("text"));
    let node = node_without_password(&env, &relay, &[setting]).await;
    Writer::of(&env).await.mail(&unique_email(), link("token")).await;
    let failed = async |reason: &str| {
        eventually(reason, async || outcomes(&env)[0].contains(reason).then_some(())).await;
    };
    failed("cannot read mail.smtp_access_token_file").await;
    fs::write(&file, "ya29.stale").expect("a token");
    failed("the relay did not accept the access token").await;
    fs::write(&file, format!("{ACCESS_TOKEN}\n")).expect("a token");
    eventually("it is sent", async || outcomes(&env)[0].starts_with("sent ").then_some(())).await;
    assert!(!node.logs().contains("ya29"), "a token is a secret");
}

#[apply(on_both_databases)]
async fn an_address_of_another_script_is_sent_with_smtputf8(env: Env) {
    let relay = SmtpServer::start(Security::Tls).await;
    let node = node_of(&env, &relay, &[]).await;
    let to = "用户@bücher.example";
    let registered = node.client().register(to, PASSWORD).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    eventually("the mail", async || (!relay.mails().is_empty()).then_some(())).await;
    assert_eq!(relay.mails()[0].to, "用户@xn--bcher-kva.example");
    let envelope = relay.envelopes();
    assert_eq!(envelope[0], "MAIL FROM:<no-reply@id.example> SMTPUTF8 BODY=8BITMIME");
    assert_eq!(envelope[1], "RCPT TO:<用户@xn--bcher-kva.example>");
}

#[apply(on_both_databases)]
async fn without_smtputf8_it_is_given_up_with_the_reason(env: Env) {
    let relay = SmtpServer::start(Security::Tls).await;
    relay.behave(Behaviour::AsciiOnly);
    let _node = node_of(&env, &relay, &[]).await;
    let writer = Writer::of(&env).await;
    writer.mail("用户@example.com", link("never")).await;
    let reason = "the address has other characters than ASCII, and the relay does not offer SMTPUTF8";
    wait_for_outcomes(&env, &[&format!("dead 1 sealed {reason}")]).await;
    writer.mail("a@xn--bcher-kva.example", link("ascii")).await;
    eventually("the next mail", async || (!relay.mails().is_empty()).then_some(())).await;
    assert_eq!(relay.connections(), 1, "the relay was told nothing of the other");
    assert_eq!(relay.envelopes().len(), 2);
}
