//! Indexes on large tables: built while the table is written, and again where a crash has left them half built.

use std::sync::Arc;

use macro_rules_attribute::apply;
use migration::LargeIndex;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::scene::Scene;
use crate::support::sql::sql;

const INDEX: LargeIndex =
    LargeIndex { name: "a_large_index", on: "session_families (aal) WHERE revoked_at IS NOT NULL" };

fn is_valid(env: &Env) -> bool {
    sql(env, "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('a_large_index')") == "t"
}

#[apply(on_both_databases)]
async fn an_index_is_built_once(env: Env) {
    let Scene { server, .. } = Scene::start(&env, &[]).await;
    let store = &server.kindred.sessions().store;
    assert_eq!(store.build_indexes(&[]).await.expect("it answers"), 0);
    assert_eq!(store.build_indexes(&[INDEX]).await.expect("it is built"), 1);
    if env.backend() == Backend::Postgres {
        assert!(is_valid(&env));
        assert_eq!(store.build_indexes(&[INDEX]).await.expect("it answers"), 0, "it is there");
        // What a crash leaves.
        sql(&env, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_large_index'::regclass");
        assert_eq!(store.build_indexes(&[INDEX]).await.expect("it is built"), 1);
        assert!(is_valid(&env));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_is_written_while_its_index_is_built() {
    let env = Env::new(Backend::Postgres).await;
    let Scene { server, .. } = Scene::start(&env, &[]).await;
    let family = Family::open(&server.client).await;
    // The build waits for every transaction that writes the table when it begins.
    let mut writer = PgConnection::connect(env.database_url()).await.expect("the database");
    let write = format!("BEGIN; UPDATE session_families SET device_name = 'x' WHERE id = '{}'", family.id);
    sqlx::raw_sql(AssertSqlSafe(write)).execute(&mut writer).await.expect("a write");
    let sessions = Arc::clone(server.kindred.sessions());
    let building = tokio::spawn(async move { sessions.store.build_indexes(&[INDEX]).await });
    eventually("the build waits", async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' \
                       AND wait_event_type = 'Lock' AND datname = current_database()";
        (sql(&env, waiting) == "1").then_some(())
    })
    .await;
    let mut other = Family::open(&server.client).await;
    other.assert_lives(&server.client).await;
    assert!(!building.is_finished(), "it still waits");
    sqlx::raw_sql("ROLLBACK").execute(&mut writer).await.expect("the end of the write");
    assert_eq!(building.await.expect("no panic").expect("it is built"), 1);
    assert!(is_valid(&env));
    server.stop().await;
}
