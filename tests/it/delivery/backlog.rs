//! Messages that cannot leave are told of: by metrics, and by the health report, which stays well as a whole.

use serde_json::{Value, json};

use super::relay::node_of;
use super::writing::{Writer, link, outcomes};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, unique_email};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::smtp_server::{Behaviour, Security, SmtpServer};
use crate::support::sql::sql;

/// The outbox in the health report, once it has this status.
async fn outbox(node: &Node, status: &str) -> Value {
    let operations = Client::new(node.ops_url());
    eventually(&format!("the outbox is {status}"), async || {
        let report = operations.get("/health").await;
        assert_eq!((report.status, &report.body["status"]), (200, &json!("ok")), "logins go on: {report:?}");
        let parts = report.body["components"].as_array().expect("components").clone();
        parts.into_iter().find(|part| part["name"] == "outbox" && part["status"] == status)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_outbox_is_told_until_it_is_empty() {
    let env = Env::new(Backend::Sqlite).await;
    let relay = SmtpServer::start(Security::Starttls).await;
    relay.behave(Behaviour::Down);
    // Slow, so that the message is not given up meanwhile.
    let patient = [("KINDRED_OUTBOX__RETRY_BASE", "1s"), ("KINDRED_OUTBOX__RETRY_MAX", "1s")];
    let node = node_of(&env, &relay, &patient).await;
    Writer::of(&env).await.mail(&unique_email(), link("late")).await;
    let has_failed = async || outcomes(&env)[0].contains("relay").then_some(());
    eventually("an attempt has failed", has_failed).await;
    outbox(&node, "ok").await;

    sql(&env, "UPDATE outbox SET created_at = created_at - 660000000");
    let part = outbox(&node, "degraded").await;
    assert!(part["detail"].as_str().expect("text").contains("mail: 1 waiting"), "{part}");
    assert_eq!(metric(&node, "auth_health", &[("part", "outbox")]).await, 0.0);
    assert_eq!(metric(&node, "auth_outbox_pending", &[("channel", "mail")]).await, 1.0);
    assert!(metric(&node, "auth_outbox_oldest_seconds", &[("channel", "mail")]).await > 600.0);

    relay.behave(Behaviour::Works);
    outbox(&node, "ok").await;
    assert_eq!(metric(&node, "auth_health", &[("part", "outbox")]).await, 1.0);
    assert_eq!(relay.mails().len(), 1);
}
