//! F-31: a crash between the commit and the sending.

use macro_rules_attribute::apply;

use super::relay::node_of;
use super::writing::{Writer, link};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::unique_email;
use crate::support::eventually::eventually;
use crate::support::mailbox::pending_messages;
use crate::support::smtp_server::{Behaviour, Security, SmtpServer};

#[apply(on_both_databases)]
async fn what_was_taken_by_a_node_that_died_is_sent(env: Env) {
    let relay = SmtpServer::start(Security::Tls).await;
    relay.behave(Behaviour::Silent);
    let further = [("KINDRED_OUTBOX__LEASE", "2s"), ("KINDRED_MAIL__SMTP_TIMEOUT", "60s")];
    let mut node = node_of(&env, &relay, &further).await;
    let writer = Writer::of(&env).await;
    writer.mail(&unique_email(), link("again")).await;
    eventually("it is on its way", async || (relay.connections() > 0).then_some(())).await;
    node.kill_9();
    assert_eq!((relay.mails().len(), pending_messages(&env)), (0, 1));
    relay.behave(Behaviour::Works);
    node.restart();
    eventually("the mail", async || (relay.mails().len() == 1).then_some(())).await;
    assert_eq!(relay.mails()[0].token(), "again");
}

#[apply(on_both_databases)]
async fn what_was_committed_while_no_one_ran_is_sent(env: Env) {
    let writer = Writer::of(&env).await;
    let to = unique_email();
    writer.mail(&to, link("waited")).await;
    writer.stop().await;
    let node = env.node(&[]).await;
    assert_eq!(node.mailbox().wait_for(&to, "verify_email").await.token(), "waited");
}

#[apply(on_both_databases)]
async fn what_was_rolled_back_is_not_sent(env: Env) {
    let node = env.node(&[]).await;
    let writer = Writer::of(&env).await;
    let to = unique_email();
    let first = writer.sealed(&to, link("committed"));
    writer.write(vec![first.clone()]).await.expect("it is written");
    // The second half of this change fails, and with it the first.
    let second = writer.sealed(&to, link("rolled-back"));
    writer.write(vec![second, first]).await.expect_err("the id is taken");
    let mailbox = node.mailbox();
    mailbox.settled(&env).await;
    let tokens: Vec<String> = mailbox.all(&to, "verify_email").iter().map(|mail| mail.token()).collect();
    assert_eq!(tokens, ["committed"]);
}

#[apply(on_both_databases)]
async fn a_node_that_stops_lets_go_of_what_is_on_its_way_in_time(env: Env) {
    let relay = SmtpServer::start(Security::Tls).await;
    relay.behave(Behaviour::Silent);
    let further = [("KINDRED_MAIL__SMTP_TIMEOUT", "60s"), ("KINDRED_SERVER__DRAIN_TIMEOUT", "1s")];
    let mut node = node_of(&env, &relay, &further).await;
    Writer::of(&env).await.mail(&unique_email(), link("held")).await;
    eventually("it is on its way", async || (relay.connections() > 0).then_some(())).await;
    assert!(node.terminate().success());
    assert!(node.logs().contains("they will be sent again"), "{}", node.logs());
    assert_eq!(pending_messages(&env), 1);
}
