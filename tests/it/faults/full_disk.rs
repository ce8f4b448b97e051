//! The disk takes no more: readiness tells it, and tells when there is room again.

use crate::support::backend::{Backend, Env};
use crate::support::client::{PASSWORD, send};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;
use crate::support::process::Node;
use crate::support::sql::sql;

/// A limit for the size of files stands in for a disk: it needs no rights and holds up no other test.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_not_ready() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    let node = tokio::task::block_in_place(|| Node::start_with_limitable_files(setup));
    let client = node.client();
    let user = client.signed_in().await;
    let is_ready = async || {
        let reply = send(client.request(reqwest::Method::GET, "/health/ready")).await;
        assert!(reply.status == 200 || reply.header("retry-after").is_some(), "{reply:?}");
        reply.status == 200
    };
    assert!(is_ready().await);

    node.limit_files(Some(1024));
    let login = client.login(&user.email, PASSWORD).await;
    login.assert_problem(503, "unavailable");
    assert!(login.header("retry-after").is_some(), "{login:?}");
    eventually("it is not ready", async || (!is_ready().await).then_some(())).await;
    assert_eq!(metric(&node, "auth_db_up", &[]).await, 0.0);

    node.limit_files(None);
    eventually("it is ready again", async || is_ready().await.then_some(())).await;
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200);
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200);
}

/// For the journal's connections only, which are the ones with this mode.
const FULL_FOR_THE_JOURNAL: &str = "
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('plan_cache_mode') = 'force_generic_plan' THEN
            RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER full_disk BEFORE UPDATE ON health_probes FOR EACH ROW EXECUTE FUNCTION full_disk()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_journal_is_not_ready() {
    let env = Env::new(Backend::Postgres).await;
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let is_ready = async || {
        let reply = send(client.request(reqwest::Method::GET, "/health/ready")).await;
        if reply.status != 200 {
            reply.assert_problem(503, "unavailable");
            assert!(reply.header("retry-after").is_some(), "{reply:?}");
        }
        reply.status == 200
    };
    assert!(is_ready().await);

    sql(&env, FULL_FOR_THE_JOURNAL);
    eventually("it is not ready", async || (!is_ready().await).then_some(())).await;
    assert_eq!(metric(&node, "auth_db_up", &[]).await, 0.0);
    assert_eq!(client.login(&user.email, PASSWORD).await.status, 200, "requests write as before");

    sql(&env, "DROP TRIGGER full_disk ON health_probes");
    eventually("it is ready again", async || is_ready().await.then_some(())).await;
    assert_eq!(metric(&node, "auth_db_up", &[]).await, 1.0);
}
