//! PgBouncer between a node and PostgreSQL. It drops start-up parameters that it does not know, where it is told to
//! ignore them, and in transaction mode it lends a server for one transaction only.

use super::program::Program;
use crate::faults::lock::Lock;
use crate::faults::refusal::refusal;
use crate::storage::session_settings::{assert_settings, record_settings};
use crate::support::backend::{Backend, Env};
use crate::support::client::served;
use crate::support::eventually::eventually;
use crate::support::process::{Node, Setup};
use crate::support::sql::sql;

/// A bouncer before the database of the environment, and a node's setup that leads through it.
async fn bounced(env: &Env, pool_mode: &str) -> (Program, Setup) {
    let address =
        env.database_url().split(['@', '/']).find(|part| part.starts_with("127.")).expect("an address");
    let (host, port) = address.split_once(':').expect("a port");
    let words: &[&str] = if rustix::process::geteuid().is_root() {
        &["pgbouncer", "--user", "postgres"]
    } else {
        &["pgbouncer"]
    };
    let bouncer = tokio::task::block_in_place(|| {
        Program::start(words, |_, listen_port| {
            format!(
                "[databases]\n* = host={host} port={port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
                 listen_port = {listen_port}\nunix_socket_dir =\nauth_type = any\npool_mode = {pool_mode}\n\
                 default_pool_size = 60\nignore_startup_parameters = options,extra_float_digits\n"
            )
        })
    });
    let timeouts =
        [("KINDRED_DATABASE__STATEMENT_TIMEOUT", "500ms"), ("KINDRED_REFRESH__RACE_WINDOW", "10s")];
    let mut setup = env.setup(&timeouts);
    setup.database_url = env.database_url().replace(address, &format!("127.0.0.1:{}", bouncer.port()));
    (bouncer, setup)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_settings_are_set_again() {
    let env = Env::new(Backend::Postgres).await;
    let (_bouncer, setup) = bounced(&env, "session").await;
    let node = tokio::task::block_in_place(|| Node::start(setup));
    let client = node.client();
    record_settings(&env);
    let user = client.signed_in_at_last().await;
    let lock = Lock::session(&env, &user.session_id).await;
    client.refresh(&user.refresh, Some("a-key-of-this-test")).await.assert_problem(503, "unavailable");
    // Without time limits the statement would wait on, long after its client has given up.
    eventually("nothing waits for the lock", async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        (sql(&env, waiting) == "0").then_some(())
    })
    .await;
    lock.release().await;
    let late = served(async || client.refresh(&user.refresh, Some("a-key-of-this-test")).await).await;
    assert_eq!(late.status, 200, "{late:?}");
    assert_settings(&env, 500);
}

/// A pooler can also lose what was set by a statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setting_that_does_not_stay_is_refused() {
    let env = Env::new(Backend::Postgres).await;
    let (_, database) = env.database_url().rsplit_once('/').expect("a database in the URL");
    sql(
        &env,
        "CREATE FUNCTION public.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT $2'",
    );
    sql(&env, &format!("ALTER DATABASE {database} SET search_path = public, pg_catalog"));
    let (bouncer, setup) = bounced(&env, "session").await;
    let message = refusal(&setup);
    assert!(message.contains(&format!("127.0.0.1:{}", bouncer.port())), "{message}");
    assert!(message.contains("on the connection; is there a pooler?"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transaction_mode_is_refused_with_the_reason() {
    let env = Env::new(Backend::Postgres).await;
    for mode in ["transaction", "statement"] {
        let (bouncer, setup) = bounced(&env, mode).await;
        let message = refusal(&setup);
        assert!(message.contains(&format!("127.0.0.1:{}", bouncer.port())), "{message}");
        assert!(message.contains("pool_mode = session"), "{message}");
    }
}
