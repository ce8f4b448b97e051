//! Two nodes empty one outbox.

use std::collections::BTreeSet;

use super::relay::node_of;
use super::writing::{Writer, link};
use crate::support::backend::{Backend, Env};
use crate::support::eventually::eventually;
use crate::support::mailbox::pending_messages;
use crate::support::metrics::metric;
use crate::support::smtp_server::{Security, SmtpServer};

const MESSAGES: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_is_sent_by_one_of_them() {
    let env = Env::new(Backend::Postgres).await;
    let relay = SmtpServer::start(Security::Tls).await;
    // All of them go to one address.
    let many: &[(&str, &str)] = &[("KINDRED_THROTTLE__MAIL_REQUESTED", "1000")];
    let nodes = [node_of(&env, &relay, many).await, node_of(&env, &relay, many).await];
    let writer = Writer::of(&env).await;
    let sealed = |number| writer.sealed(&format!("ada{number}@example.com"), link(&format!("t{number}")));
    for batch in (0..MESSAGES).collect::<Vec<_>>().chunks(20) {
        writer.write(batch.iter().map(sealed).collect()).await.expect("they are written");
    }
    eventually("the outbox is empty", async || (pending_messages(&env) == 0).then_some(())).await;
    let tokens: Vec<String> = relay.mails().iter().map(|mail| mail.token()).collect();
    assert_eq!(tokens.len(), MESSAGES, "none twice");
    assert_eq!(tokens.iter().collect::<BTreeSet<_>>().len(), MESSAGES, "all of them");
    let sent = [("channel", "mail"), ("outcome", "sent")];
    let (one, two) = (
        metric(&nodes[0], "auth_deliveries_total", &sent).await,
        metric(&nodes[1], "auth_deliveries_total", &sent).await,
    );
    assert_eq!(one + two, MESSAGES as f64);
}
