//! A master key is changed, from the first step to the last, and no one notices.

use std::sync::Arc;

use kindred::clock::SystemClock;
use kindred::entropy::OsEntropy;
use kindred::model::sealed_row::SealedTable;
use kindred::notification::Composer;
use kindred::store::notification::outbox::NewMessage;
use macro_rules_attribute::apply;

use super::sealed::{
    ACTIVE, NEW, PREVIOUS, all_sealed, assert_planted, own_key, plant, planted_rows, reseal, resealed, ring,
    sealed_in,
};
use crate::delivery::writing::{Writer, link, outcomes, someone, wait_for_outcomes};
use crate::faults::refusal::refusal;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::{PASSWORD, SignedIn, unique_email};
use crate::support::mailbox::Mailbox;
use crate::support::process::Node;
use crate::support::sql::sql;

/// The session lives on: its access token counts, and its refresh token has a successor.
async fn assert_lives(node: &Node, user: &mut SignedIn) {
    let client = node.client();
    assert_eq!(client.verify(&user.access).await.status, 204);
    let reply = client.refresh(&user.refresh, None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
    (user.access, user.refresh) = (reply.access(), reply.refresh_token());
}

/// A mail sealed under this key, as a node would write it that has it.
fn mail_under(key: &str, to: &str) -> NewMessage {
    let composer = Composer {
        master: Arc::new(ring(key, &[])),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        pages_url: "http://id.example".parse().expect("a URL"),
        geoip: Arc::default(),
    };
    composer.mail(&someone(to), link("from-another-node")).expect("sealed")
}

#[apply(on_both_databases)]
async fn a_key_is_changed_and_everything_goes_on(env: Env) {
    let old = own_key(&env);
    let mut first = env.node(&[]).await;
    let mut user = first.client().signed_in().await;
    Mailbox::of(first.data_dir()).settled(&env).await;
    let planted = planted_rows(&env, &user.email);
    planted.iter().for_each(|row| plant(&env, &ring(&old, &[]), row));
    first.kill_9();

    // The new key seals; the keys of the server are sealed again as it starts.
    let mut second = env.node(&[(ACTIVE, NEW), (PREVIOUS, &old)]).await;
    for table in [SealedTable::RootKeys, SealedTable::SigningKeys] {
        let keys = sealed_in(&env, table);
        assert!(!keys.is_empty() && keys.iter().all(|(_, sealed)| ring(NEW, &[]).is_active(sealed)));
    }
    second.logged("sealed a key again under the active master key").await;
    assert_lives(&second, &mut user).await;
    assert_planted(&env, &ring(&old, &[]), &planted);

    // All else is sealed again by the command, beside the server, and once only.
    let (status, report, told) = reseal(second.setup());
    assert_eq!((status, told.as_str()), (0, ""));
    assert_eq!(report["previous_keys_removable"], true);
    assert_eq!(report["active_key"], ring(NEW, &[]).active_id().to_string());
    assert_eq!(SealedTable::ALL.map(|table| resealed(&report, table)), [0, 0, 1, 1, 1, 1, 3, 3, 1]);
    let (status, report, _) = reseal(second.setup());
    assert_eq!(status, 0);
    assert_eq!(
        SealedTable::ALL.map(|table| resealed(&report, table)),
        [0; 9],
        "there was nothing left to do"
    );
    assert_lives(&second, &mut user).await;
    second.kill_9();

    // The old key is no longer of any use, and nothing needs it.
    let last = env.node(&[(ACTIVE, NEW)]).await;
    assert_lives(&last, &mut user).await;
    assert_planted(&env, &ring(NEW, &[]), &planted);
    drop(last);
    let message = refusal(&env.setup(&[]));
    let id = ring(NEW, &[]).active_id().to_string();
    assert!(message.contains("sealed with another master key") && message.contains(&id), "{message}");
    for (row, sealed) in all_sealed(&env) {
        assert!(ring(&old, &[]).open(&row.to_string(), &sealed).is_err(), "{row}");
    }
}

#[apply(on_both_databases)]
async fn a_letter_under_a_key_that_is_unknown_waits_for_a_node_that_knows_it(env: Env) {
    let old = own_key(&env);
    let quick = [("KINDRED_OUTBOX__POLL_INTERVAL", "20ms"), ("KINDRED_OUTBOX__RETRY_BASE", "1h")];
    let writer = Writer::of(&env).await;
    let mut behind = env.node(&quick).await;
    let to = unique_email();
    let message = mail_under(NEW, &to);
    let id = message.id;
    writer.write(vec![message]).await.expect("it is written");
    let reason = format!("it was sealed under another master key (id {})", ring(NEW, &[]).active_id());
    wait_for_outcomes(&env, &[&format!("pending 1 sealed {reason}")]).await;
    behind.kill_9();
    writer.stop().await;

    let up_to_date = env.node(&[&quick[..], &[(ACTIVE, NEW), (PREVIOUS, &old)]].concat()).await;
    sql(&env, "UPDATE outbox SET next_attempt_at = 0 WHERE state = 'pending'");
    let mail = Mailbox::of(up_to_date.data_dir()).wait_for(&to, "verify_email").await;
    assert_eq!(mail.token(), "from-another-node");
    Mailbox::of(up_to_date.data_dir()).settled(&env).await;
    assert_eq!(outcomes(&env).len(), 1, "{id}");
}
