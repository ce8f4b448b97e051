//! Mails become files in the data directory.

use macro_rules_attribute::apply;

use super::writing::{Writer, link};
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::unique_email;

#[apply(on_both_databases)]
async fn what_is_committed_arrives(env: Env) {
    let node = env.node(&[("KINDRED_OUTBOX__POLL_INTERVAL", "20ms")]).await;
    let writer = Writer::of(&env).await;
    let (ada, bob) = (unique_email(), unique_email());
    writer.mail(&ada, link("one")).await;
    writer.mail(&ada, link("two")).await;
    writer.stop().await;
    let mailbox = node.mailbox();
    // They leave side by side; once both have arrived they stand in their order.
    assert_eq!(mailbox.wait_for_nth(&ada, "verify_email", 2).await.token(), "two");
    let mail = mailbox.wait_for(&ada, "verify_email").await;
    assert_eq!((mail.token().as_str(), mail.to.as_str()), ("one", ada.as_str()));
    assert_eq!(mail.from, "no-reply@kindred.invalid");
    mailbox.assert_none(&env, &bob, "verify_email").await;
    mailbox.assert_none(&env, &ada, "reset_password").await;
    assert_eq!(mailbox.everything().len(), 2);
}
