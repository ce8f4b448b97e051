//! `kindred keys reseal` dies in the middle: what is done is done, what is not is not harmed.

use std::process::Stdio;

use kindred::model::sealed_row::SealedTable;
use macro_rules_attribute::apply;

use super::sealed::{ACTIVE, NEW, PREVIOUS, own_key, reseal, resealed, ring, sealed_in};
use crate::delivery::writing::{Writer, warning};
use crate::fault::corrupt_row::bytes;
use crate::storage::sql::sql;
use crate::support::backend::{Env, on_both_databases};
use crate::support::client::Client;
use crate::support::eventually::wait_until;
use crate::support::process::command;

/// Thirty transactions, of which the first few are awaited.
const LETTERS: u64 = 3_000;
/// One statement holds no more parameters than so many rows have.
const ROWS: usize = 1_000;

async fn write_letters(env: &Env) {
    let writer = Writer::of(env).await;
    let letters: Vec<_> = (0..LETTERS).map(|_| writer.sealed("ada@example.com", warning())).collect();
    for part in letters.chunks(ROWS) {
        writer.write(part.to_vec()).await.expect("written");
    }
    writer.stop().await;
    // No worker is to touch them.
    sql(env, "UPDATE outbox SET state = 'dead', finished_at = created_at");
}

/// How many letters are under the new key.
fn renewed(env: &Env) -> u64 {
    let header = bytes(env, &hex::encode(ring(NEW, &[]).active_header()));
    let count = format!("SELECT count(*) FROM outbox WHERE substr(sealed, 1, 5) = {header}");
    sql(env, &count).parse().expect("a number")
}

#[apply(on_both_databases)]
async fn a_kill_loses_nothing_and_the_rest_is_done_next_time(env: Env) {
    let old = own_key(&env);
    write_letters(&env).await;
    let setup = env.setup(&[(ACTIVE, NEW), (PREVIOUS, &old)]);
    let mut child = command(&setup)
        .args(["keys", "reseal"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    tokio::task::block_in_place(|| {
        wait_until("the first letters are done", || (renewed(&env) > 0).then_some(()));
        child.kill().and_then(|()| child.wait()).expect("it is killed");
    });
    let done = renewed(&env);
    assert!(0 < done && done < LETTERS, "{done} of {LETTERS}: it was to die in the middle");
    assert_eq!(done % 100, 0, "pages are done or not");
    let both = ring(NEW, &[&old]);
    for (row, sealed) in sealed_in(&env, SealedTable::Outbox) {
        both.open(&row.to_string(), &sealed).unwrap_or_else(|error| panic!("{row}: {error}"));
    }

    let (status, report, told) = tokio::task::block_in_place(|| reseal(&setup));
    assert_eq!(status, 0, "{told}");
    assert_eq!(resealed(&report, SealedTable::Outbox), LETTERS - done);
    assert_eq!(renewed(&env), LETTERS);
    assert_eq!(report["previous_keys_removable"], true);
    let node = env.node(&[(ACTIVE, NEW)]).await;
    Client::new(node.base_url()).signed_in().await;
}
