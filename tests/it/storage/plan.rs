//! A rotation is one look-up by primary key and one change in place, on PostgreSQL.

use std::fs;

use crate::support::backend::{Backend, Env};
use crate::support::client::Client;
use crate::support::eventually::eventually;
use crate::support::postgres::Cluster;
use crate::support::sql::sql;

const ROTATIONS: usize = 60;

async fn rotate(client: &Client) {
    let mut token = client.signed_in().await.refresh;
    for number in 0..ROTATIONS {
        let key = format!("rotation-number-{number}");
        let reply = client.refresh(&token, (number % 2 == 0).then_some(&key)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        token = reply.refresh_token();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotations_are_hot_updates() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&[]).await;
    rotate(&node.client()).await;
    let counts =
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'session_families'";
    // Backends report what they did with a delay.
    eventually("all updates are reported, and they are in place", async || {
        let found = sql(&env, counts);
        let (updates, hot) = found.split_once('|')?;
        let (updates, hot): (usize, usize) = (updates.parse().ok()?, hot.parse().ok()?);
        // Where someone still reads what could be cleaned up, a page can be full for once; were a column of an
        // index changed, none would be in place.
        assert!(updates < ROTATIONS || hot * 10 >= updates * 9, "{found}");
        (updates == ROTATIONS).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rotation_is_planned_by_primary_key() {
    let env = Env::new(Backend::Postgres).await;
    let database = sql(&env, "SELECT current_database()");
    // Of a few rows that are known to be few, a scan would be right.
    let settings = [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "enable_seqscan = off",
    ];
    for setting in settings {
        sql(&env, &format!("ALTER DATABASE {database} SET {setting}"));
    }
    let node = env.node(&[]).await;
    rotate(&node.client()).await;
    let log = Cluster::shared().folder().join("log");
    let plan = eventually("the plan is logged", async || {
        let log = fs::read_to_string(&log).ok()?;
        let at = log.find("Query Text: UPDATE session_families AS f SET")?;
        let (_, plan) = log[at..].split_once('\n')?;
        // Whole once another entry follows it.
        let end = plan.match_indices('\n').find(|(end, _)| !plan[end + 1..].starts_with('\t'))?.0;
        (end + 1 < plan.len()).then(|| plan[..end].to_owned())
    })
    .await;
    assert!(plan.contains("Index Scan using session_families_pkey on session_families"), "{plan}");
    assert!(plan.contains("Index Scan using users_pkey on users"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
}
