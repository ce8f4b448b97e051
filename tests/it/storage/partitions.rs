//! `session_families` in partitions by the hash of its id, as a large system would have it: everything goes on as before.

use futures_util::future::join_all;

use crate::privacy::rows::{DAY, Rows};
use crate::support::backend::{Backend, Env};
use crate::support::client::PASSWORD;
use crate::support::eventually::eventually;
use crate::support::family::{Family, NO_RACE};
use crate::support::metrics::metric;
use crate::support::security_events::count_events;
use crate::support::sql::{count, rows, sql};

pub const PARTITIONS: usize = 8;

/// The statements that make the constraints and indexes of the table once more.
fn definitions(env: &Env) -> Vec<String> {
    let constraints = "SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, \
                       pg_get_constraintdef(oid)) FROM pg_constraint \
                       WHERE 'session_families'::regclass IN (conrelid, confrelid) AND contype IN ('p', 'u', 'f', 'c') \
                       ORDER BY contype = 'f'";
    let indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'session_families' AND indexname NOT IN \
                   (SELECT conname FROM pg_constraint WHERE conrelid = 'session_families'::regclass)";
    [rows(env, constraints), rows(env, indexes)].concat()
}

/// Puts a table in partitions in the place of the one that is there, which is empty.
pub fn partition(env: &Env) {
    let definitions = definitions(env);
    assert!(definitions.len() > 4, "{definitions:?}");
    let columns = "LIKE flat INCLUDING DEFAULTS";
    let partitions = (0..PARTITIONS).map(|number| {
        format!(
            "CREATE TABLE session_families_{number} PARTITION OF session_families \
             FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number}) WITH (fillfactor = 70)"
        )
    });
    let begin = [
        "ALTER TABLE session_families RENAME TO flat".to_owned(),
        format!("CREATE TABLE session_families ({columns}) PARTITION BY HASH (id)"),
        "DROP TABLE flat CASCADE".to_owned(),
    ];
    let statements: Vec<String> = begin.into_iter().chain(partitions).chain(definitions).collect();
    sql(env, &statements.join("; "));
}

/// Sessions whose id does not carry the first twelve bits of the SHA-256 of its user's id behind its version.
const OUT_OF_BUCKET: &str = "session_families WHERE substr(replace(id::text, '-', ''), 14, 3) \
                             <> left(encode(sha256(uuid_send(user_id)), 'hex'), 3)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_live_in_partitions() {
    let env = Env::new(Backend::Postgres).await;
    partition(&env);
    let mut node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let mut families = vec![Family::of_user(&user)];
    for _ in 0..5 {
        families.push(families[0].sibling(&client).await);
    }
    client.signed_in().await;
    assert_eq!((count(&env, "session_families"), count(&env, OUT_OF_BUCKET)), (7, 0));
    // One statement of the journal writes rows of several partitions.
    let rotated = families.iter_mut().map(async |family| {
        family.rotate_as(&client, Some("the-first-attempt-of-this-session")).await;
    });
    join_all(rotated).await;
    for family in &families {
        let spent = &family.refresh[0];
        let retried = client.refresh(spent, Some("the-first-attempt-of-this-session")).await;
        assert_eq!((retried.status, retried.refresh_token()), (200, family.live().to_owned()));
    }
    assert_eq!(client.sessions(families[0].access()).await.body["items"].as_array().map(Vec::len), Some(6));

    let stolen = families.pop().expect("six");
    stolen.age(&env, NO_RACE);
    client.refresh(&stolen.refresh[0], None).await.assert_problem(401, "refresh_token_reused");
    stolen.assert_ended(&client).await;
    let logged_out = families.pop().expect("five");
    assert_eq!(client.logout(logged_out.access()).await.status, 204);
    logged_out.assert_ended(&client).await;
    let step_up = families[0].step_up(&client, PASSWORD).await;
    assert_eq!(step_up.status, 200, "{step_up:?}");
    let others = client.delete_other_sessions(families[0].access()).await;
    assert_eq!(others.status, 200, "{others:?}");
    for other in families.split_off(1) {
        other.assert_ended(&client).await;
    }
    families[0].assert_lives(&client).await;
    assert_eq!(count_events(&env, "refresh_token.replayed"), 1);

    // What is over goes, from each partition, and what is not stays.
    let id = Rows(&env).id(&client.me(families[0].access()).await.text("/id"));
    Rows(&env).families(200, &id, "old", "1", DAY);
    node.run(&["purge"]);
    assert_eq!(count(&env, "session_families"), 7);

    // Too many to be counted: the statistics of all partitions tell.
    Rows(&env).families(12_000, &id, "many", "NULL", i64::MAX / 2);
    let held = rows(&env, "SELECT count(*) FROM session_families GROUP BY tableoid");
    assert_eq!(held.len(), PARTITIONS, "{held:?}");
    sql(&env, "ANALYZE session_families");
    tokio::task::block_in_place(|| node.restart());
    eventually("the sessions of all partitions are told", async || {
        (metric(&node, "auth_sessions_active", &[]).await > 11_000.0).then_some(())
    })
    .await;
}
