//! An erasure that is interrupted is done again from the beginning, to its end.

use macro_rules_attribute::apply;

use super::rows::{Rows, yesterday};
use crate::http::common::prove_addresses;
use crate::support::backend::{Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::mailbox::Mailbox;
use crate::support::sql::{bytes_literal, dump, sql};

const EVENTS: usize = 200;

/// The event at which it is killed.
const MIDDLE: usize = 100;

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
    let own = format!("correlation_id = '{}'", ada.canary);
    let middle =
        format!("SELECT id FROM security_events WHERE {own} ORDER BY created_at LIMIT 1 OFFSET {MIDDLE}");
    let middle = sql(&env, &middle);
    let middle = if rows.is_sqlite() {
        bytes_literal(&env, middle.trim_start_matches("\\x"))
    } else {
        format!("'{middle}'")
    };
    rows.hold("UPDATE", "security_events", &middle);
    let left = || rows.count("security_events", &own);
    let before = left();
    sql(&env, &format!("UPDATE users SET erase_at = 1 WHERE id = {key}"));
    eventually("the erasure is under way", async || (left() + 20 < before).then_some(())).await;
    node.kill_9();
    assert!(left() > 0, "it was killed in the middle");
    rows.release();
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
