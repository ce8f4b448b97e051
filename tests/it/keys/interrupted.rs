//! `kindred keys reseal` dies in the middle: what is done is done, what is not is not harmed.

use std::process::Stdio;

use kindred::model::sealed_row::SealedTable;
use macro_rules_attribute::apply;

use super::sealed::{ACTIVE, NEW, PREVIOUS, own_key, reseal, resealed, ring, sealed_in};
use crate::delivery::writing::{Writer, warning};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::eventually::wait_until;
use crate::support::postgres::terminate_backends;
use crate::support::process::command;
use crate::support::sql::{bytes_literal, sql};

/// Five transactions.
const LETTERS: u64 = 500;
/// Of the third transaction.
const STUCK_AT: u64 = 250;

async fn write_letters(env: &Env) {
    let writer = Writer::of(env).await;
    let letters: Vec<_> = (0..LETTERS).map(|_| writer.sealed("ada@example.com", warning())).collect();
    writer.write(letters).await.expect("written");
    writer.stop().await;
    // No worker is to touch them.
    sql(env, "UPDATE outbox SET state = 'dead', finished_at = created_at");
}

/// From now on one letter in the middle cannot be written in reasonable time: the command is there when it is killed.
fn stick(env: &Env) {
    let stuck = sql(env, &format!("SELECT id FROM outbox ORDER BY id LIMIT 1 OFFSET {STUCK_AT}"));
    match env.backend() {
        Backend::Sqlite => {
            let id = bytes_literal(env, stuck.trim_start_matches("\\x"));
            let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS last FROM n";
            sql(env, &format!("CREATE VIEW forever AS {numbers}"));
            let trigger = "CREATE TRIGGER stick BEFORE UPDATE ON outbox";
            sql(env, &format!("{trigger} WHEN NEW.id = {id} BEGIN SELECT last FROM forever; END"));
        }
        Backend::Postgres => {
            sql(
                env,
                "CREATE FUNCTION stick() RETURNS trigger LANGUAGE plpgsql AS \
                      'BEGIN PERFORM pg_sleep(600); RETURN NEW; END'",
            );
            sql(
                env,
                &format!(
                    "CREATE TRIGGER stick BEFORE UPDATE ON outbox FOR EACH ROW \
                               WHEN (NEW.id = '{stuck}') EXECUTE FUNCTION stick()"
                ),
            );
        }
    }
}

/// It can again.
fn unstick(env: &Env) {
    match env.backend() {
        Backend::Sqlite => sql(env, "DROP TRIGGER stick"),
        Backend::Postgres => {
            // PostgreSQL does not notice that the command is gone before its statement has ended.
            terminate_backends(env.database_url());
            sql(env, "DROP FUNCTION stick CASCADE")
        }
    };
}

/// How many letters are under the new key.
fn renewed(env: &Env) -> u64 {
    let header = bytes_literal(env, &hex::encode(ring(NEW, &[]).active_header()));
    let count = format!("SELECT count(*) FROM outbox WHERE substr(sealed, 1, 5) = {header}");
    sql(env, &count).parse().expect("a number")
}

#[apply(on_both_databases)]
async fn a_kill_loses_nothing_and_the_rest_is_done_next_time(env: Env) {
    let old = own_key(&env);
    write_letters(&env).await;
    stick(&env);
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
    unstick(&env);
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
    node.client().signed_in().await;
}
