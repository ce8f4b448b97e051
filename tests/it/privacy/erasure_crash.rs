//! An erasure that is interrupted is done again from the beginning, to its end.

use macro_rules_attribute::apply;

use super::rows::{Rows, yesterday};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::mailbox::Mailbox;
use crate::support::sql::{dump, sql};

const EVENTS: usize = 2_000;

#[apply(on_both_databases)]
async fn a_killed_erasure_goes_on(env: Env) {
    let slow = [("KINDRED_RETENTION__BATCH", "1"), ("KINDRED_RETENTION__INTERVAL", "100ms")];
    let mut node = env.node(&slow).await;
    let client = node.client();
    let rows = Rows(&env);
    let ada = rows.person(&client, 3).await;
    prove_addresses(&env);
    let key = rows.id(&ada.id);
    rows.events(EVENTS, "session.ended", (&key, &key), &ada.canary, yesterday());
    sql(&env, &format!("UPDATE users SET erase_at = 1 WHERE id = {key}"));
    let left = || rows.count("security_events", &format!("correlation_id = '{}'", ada.canary));
    eventually("the erasure is under way", async || (left() < EVENTS - 20).then_some(())).await;
    node.kill_9();
    let at_the_kill = left();
    assert!(at_the_kill > 0, "it was killed in the middle");
    assert_eq!(rows.count("users", &format!("id = {key}")), 1, "the row that leads to the rest goes last");

    let quick = env.node(&[("KINDRED_RETENTION__INTERVAL", "100ms")]).await;
    eventually("the person is gone", async || {
        (rows.count("users", &format!("id = {key}")) == 0).then_some(())
    })
    .await;
    let mails = Mailbox::of(quick.data_dir());
    mails.settled(&env).await;
    assert_eq!(mails.all(&ada.user.email, "account_erased").len(), 1);
    assert!(!dump(&env).contains(&ada.canary));
}
