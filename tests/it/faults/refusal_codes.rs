//! What follows from the codes that PostgreSQL refuses with: a server that cannot serve is left, and a statement that is at
//! fault costs no connection.

use std::collections::BTreeSet;

use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD};
use crate::support::eventually::eventually;
use crate::support::sql::{rows, sql};

/// Every new session is refused with the code in this table, if there is one.
const REFUSALS: &str = "
    CREATE TABLE refusals (code text NOT NULL);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE refusal text; BEGIN
        SELECT code INTO refusal FROM refusals;
        IF refusal IS NOT NULL THEN
            RAISE EXCEPTION 'refused by the test' USING ERRCODE = refusal;
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON session_families FOR EACH ROW EXECUTE FUNCTION refuse()";

/// The server's connections, but for those that it opens only to look around.
fn connections(env: &Env) -> BTreeSet<String> {
    let own = "SELECT pid FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name LIKE 'kindred%' \
               AND application_name <> 'kindred lookout'";
    rows(env, own).into_iter().collect()
}

/// A login that is refused with this code, and one that is not, after which the refusal is over.
async fn refuse_once(env: &Env, client: &Client, email: &str, code: &str) -> crate::support::reply::Reply {
    sql(env, &format!("INSERT INTO refusals VALUES ('{code}')"));
    let refused = client.login(email, PASSWORD).await;
    sql(env, "DELETE FROM refusals");
    refused
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_serve_is_left() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    sql(&env, REFUSALS);
    for code in ["53100", "53300", "58030", "XX001", "57P01"] {
        let before = connections(&env);
        assert!(!before.is_empty());
        // Connections are not given up more than once within a short time, so the refusal may have to come again.
        eventually("all connections are others", async || {
            let refused = refuse_once(&env, &client, &user.email, code).await;
            refused.assert_problem(503, "unavailable");
            assert!(refused.header("retry-after").is_some(), "{code}: {refused:?}");
            assert_eq!(client.login(&user.email, PASSWORD).await.status, 200, "{code}");
            connections(&env).is_disjoint(&before).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_at_fault_costs_no_connection() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    sql(&env, REFUSALS);
    let before = connections(&env);
    let refused = refuse_once(&env, &client, &user.email, "22001").await;
    refused.assert_problem(500, "internal");
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
    let after = connections(&env);
    assert!(before.is_subset(&after), "{before:?} {after:?}");
}
