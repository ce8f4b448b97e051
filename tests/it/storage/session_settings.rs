//! What a connection to PostgreSQL relies on is read back: what cannot be had is refused with the reason.

use std::collections::BTreeSet;

use crate::faults::refusal::refusal;
use crate::support::backend::{Backend, Env};
use crate::support::postgres::psql;
use crate::support::sql::{rows, sql};

/// Writes the settings down of each connection that writes a session.
pub fn record_settings(env: &Env) {
    sql(
        env,
        "CREATE TABLE seen (plan text, name text, setting text);
         CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO seen SELECT current_setting('plan_cache_mode'), name, setting FROM pg_settings
                 WHERE name IN ('synchronous_commit', 'default_transaction_isolation', 'client_encoding',
                     'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout');
             RETURN NULL;
         END $$;
         CREATE TRIGGER see AFTER INSERT OR UPDATE ON session_families FOR EACH ROW EXECUTE FUNCTION see()",
    );
}

/// Requests and the journal have written sessions, with what they rely on.
pub fn assert_settings(env: &Env, time_limit: u32) {
    let connections = [("auto", time_limit), ("force_generic_plan", 50)];
    let expected = connections.map(|(plan, lock_timeout)| {
        [
            ("client_encoding", "UTF8".to_owned()),
            ("default_transaction_isolation", "read committed".to_owned()),
            ("idle_in_transaction_session_timeout", time_limit.to_string()),
            ("lock_timeout", lock_timeout.to_string()),
            ("statement_timeout", time_limit.to_string()),
            ("synchronous_commit", "on".to_owned()),
        ]
        .map(|(name, setting)| format!("{plan}|{name}|{setting}"))
    });
    let seen: BTreeSet<String> = rows(env, "SELECT plan, name, setting FROM seen").into_iter().collect();
    assert_eq!(seen, expected.into_iter().flatten().collect::<BTreeSet<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_another_encoding_is_refused() {
    let env = Env::new(Backend::Postgres).await;
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let (server, database) = env.database_url().rsplit_once('/').expect("a database in the URL");
        let name = format!("{database}_{}", encoding.to_lowercase());
        psql(
            &format!("{server}/postgres"),
            &format!("CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"),
        );
        let mut setup = env.setup(&[]);
        setup.database_url = format!("{server}/{name}");
        let message = refusal(&setup);
        assert!(message.contains(&format!("the encoding of the database is {encoding}")), "{message}");
        psql(&format!("{server}/postgres"), &format!("DROP DATABASE {name}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_only_reads_is_refused() {
    let env = Env::new(Backend::Postgres).await;
    let (_, database) = env.database_url().rsplit_once('/').expect("a database in the URL");
    sql(&env, &format!("ALTER DATABASE {database} SET default_transaction_read_only = on"));
    let message = refusal(&env.setup(&[]));
    assert!(message.contains("the server only reads"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn defaults_of_the_database_give_way() {
    let env = Env::new(Backend::Postgres).await;
    let (_, database) = env.database_url().rsplit_once('/').expect("a database in the URL");
    for setting in [
        "default_transaction_isolation = 'serializable'",
        "synchronous_commit = off",
        "client_encoding = 'LATIN1'",
        "lock_timeout = '1h'",
        "statement_timeout = '1h'",
        "idle_in_transaction_session_timeout = '1h'",
    ] {
        sql(&env, &format!("ALTER DATABASE {database} SET {setting}"));
    }
    let node = env.node(&[("KINDRED_DATABASE__STATEMENT_TIMEOUT", "7s")]).await;
    let client = node.client();
    record_settings(&env);
    let user = client.signed_in().await;
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200);
    assert_settings(&env, 7_000);
}
