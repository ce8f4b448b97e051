//! The address of the database leads to another server: to a standby, which only reads, and then to one that was
//! promoted, while connections to the former primary stay open, or while it goes on taking writes.

use std::net::SocketAddr;

use crate::support::backend::{Backend, Env};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::client::{Client, PASSWORD, send, served};
use crate::support::eventually::{eventually, wait_until};
use crate::support::metrics::metric;
use crate::support::postgres::{Cluster, psql};
use crate::support::process::Node;
use crate::support::reply::Reply;

const IMPATIENT: [(&str, &str); 2] =
    [("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "2s"), ("KINDRED_DATABASE__STATEMENT_TIMEOUT", "2s")];

/// A primary and its standby, and a node that reaches either through one address.
struct Pair {
    // Dropped from the top: the node before its database, and the standby before its primary.
    node: Node,
    proxy: ChaosProxy,
    standby: Cluster,
    primary: Cluster,
    database: String,
    _env: Env,
}

impl Pair {
    async fn start() -> Pair {
        let (primary, url, standby) = tokio::task::block_in_place(|| {
            let primary = Cluster::start();
            let url = primary.migrated_database();
            let standby = primary.standby();
            (primary, url, standby)
        });
        let database = url.rsplit('/').next().expect("a database in the URL").to_owned();
        let (proxy, through) = ChaosProxy::before(&url).await;
        let env = Env::new(Backend::Sqlite).await;
        let mut setup = env.setup(&IMPATIENT);
        setup.database_url = through;
        let node = tokio::task::block_in_place(|| Node::start(setup));
        Pair { node, proxy, standby, primary, database, _env: env }
    }

    /// As a virtual address does that moves at once: what was connected is cut.
    fn move_to(&self, server: SocketAddr) {
        self.proxy.lead_to(server);
        self.proxy.reset();
    }

    fn promote_standby(&self) {
        promote(&self.standby, &self.primary, &self.database);
    }

    fn demote_primary(&self) {
        demote(&self.primary, &self.database);
    }
}

fn promote(standby: &Cluster, primary: &Cluster, database: &str) {
    let caught_up = psql(&primary.url("postgres"), "SELECT pg_current_wal_lsn()");
    let replayed = format!("SELECT pg_last_wal_replay_lsn() >= '{caught_up}'");
    let standby = standby.url(database);
    wait_until("the standby follows", || (psql(&standby, &replayed) == "t").then_some(()));
    assert_eq!(psql(&standby, "SELECT pg_promote()"), "t");
}

fn demote(primary: &Cluster, database: &str) {
    set_only_reads(primary, database, "on");
}

fn set_only_reads(primary: &Cluster, database: &str, only_reads: &str) {
    let url = primary.url(database);
    psql(&url, &format!("ALTER SYSTEM SET default_transaction_read_only = {only_reads}"));
    psql(&url, "SELECT pg_reload_conf()");
    let settled = "SELECT current_setting('default_transaction_read_only')";
    wait_until("the primary has its setting", || (psql(&url, settled) == only_reads).then_some(()));
}

async fn ready(client: &Client) -> Reply {
    send(client.request(reqwest::Method::GET, "/health/ready")).await
}

/// Tries until the reply is 200; until then it may be a passing fault and nothing else.
async fn heals(what: &str, mut call: impl AsyncFnMut() -> Reply) -> Reply {
    eventually(what, async || {
        let reply = call().await;
        if reply.status != 200 {
            reply.assert_problem(503, "unavailable");
            assert!(reply.header("retry-after").is_some(), "{reply:?}");
            return None;
        }
        Some(reply)
    })
    .await
}

/// The successor of a token, from a server that is as impatient as this machine may be slow.
async fn rotated(client: &Client, token: &str, attempt: &str) -> String {
    served(async || client.refresh(token, Some(attempt)).await).await.refresh_token()
}

async fn works(client: &Client, email: &str, refresh: &str) -> String {
    heals("logins heal", async || client.login(email, PASSWORD).await).await;
    let refreshed =
        heals("refreshes heal", async || client.refresh(refresh, Some("a-key-of-this-test")).await).await;
    heals("it is ready", async || ready(client).await).await;
    refreshed.refresh_token()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_only_reads_is_a_passing_fault_and_heals() {
    let pair = Pair::start().await;
    let client = pair.node.client();
    let user = client.signed_in_at_last().await;
    let token = rotated(&client, &user.refresh, "the-first-attempt").await;

    pair.move_to(pair.standby.address());
    for reply in
        [client.login(&user.email, PASSWORD).await, client.refresh(&token, Some("a-key-of-this-test")).await]
    {
        reply.assert_problem(503, "unavailable");
        assert!(reply.header("retry-after").is_some(), "{reply:?}");
    }
    // Without a question about its health.
    eventually("the metric falls", async || {
        (metric(&pair.node, "auth_db_up", &[]).await == 0.0).then_some(())
    })
    .await;
    ready(&client).await.assert_problem(503, "unavailable");

    pair.move_to(pair.primary.address());
    let token = works(&client, &user.email, &token).await;
    eventually("the metric rises", async || {
        (metric(&pair.node, "auth_db_up", &[]).await == 1.0).then_some(())
    })
    .await;
    the_former_primary_lives_on(&pair, &client, &user.email, &token).await;
}

/// Both servers take writes, and no connection is cut. Only the one that was promoted is used, also when the address leads
/// back to the other one.
async fn the_former_primary_lives_on(pair: &Pair, client: &Client, email: &str, token: &str) {
    let timeline = async || metric(&pair.node, "auth_db_timeline", &[]).await;
    assert_eq!(timeline().await, 1.0);
    tokio::task::block_in_place(|| pair.promote_standby());
    let [promoted, former] = [&pair.standby, &pair.primary].map(|server| server.url(&pair.database));
    let written = |server: &str| psql(server, "SELECT max(generation) FROM session_families");
    let before = written(&former);
    pair.proxy.lead_to(pair.standby.address());
    eventually("the promotion is noticed", async || (timeline().await == 2.0).then_some(())).await;
    heals("logins heal", async || client.login(email, PASSWORD).await).await;
    let next =
        heals("refreshes heal", async || client.refresh(token, Some("the-attempt-at-the-promoted")).await)
            .await;
    let next = next.refresh_token();

    pair.move_to(pair.primary.address());
    eventually("the former primary is noticed", async || {
        pair.node.logs().contains("a former primary of the database is still a primary").then_some(())
    })
    .await;
    client.refresh(&next, Some("the-attempt-at-the-former")).await.assert_problem(503, "unavailable");
    assert_eq!(timeline().await, 2.0);

    pair.move_to(pair.standby.address());
    let attempt = Some("the-attempt-at-the-former");
    heals("refreshes heal again", async || client.refresh(&next, attempt).await).await;
    assert_eq!(written(&former), before, "nothing was written there");
    let generations = [before, written(&promoted)].map(|number| number.parse::<u64>().expect("a number"));
    assert_eq!(generations[0] + 2, generations[1], "at the new primary");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_to_a_demoted_primary_are_given_up() {
    let pair = Pair::start().await;
    let client = pair.node.client();
    let user = client.signed_in_at_last().await;
    // The journal's connection is open as well.
    let token = rotated(&client, &user.refresh, "the-first-attempt").await;
    tokio::task::block_in_place(|| {
        pair.promote_standby();
        pair.demote_primary();
    });
    // The open connections stay, and they answer.
    pair.proxy.lead_to(pair.standby.address());
    let next = works(&client, &user.email, &token).await;
    rotated(&client, &next, "the-very-last-attempt").await;
    let logged_in = served(async || client.login(&user.email, PASSWORD).await).await;
    assert_eq!(logged_in.status, 200, "{logged_in:?}");
}

/// The database at either of two servers, without a proxy or an address that moves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_servers_the_one_that_takes_writes_is_followed() {
    let (primary, url, standby) = tokio::task::block_in_place(|| {
        let primary = Cluster::start();
        let url = primary.migrated_database();
        let standby = primary.standby();
        (primary, url, standby)
    });
    let database = url.rsplit('/').next().expect("a database in the URL").to_owned();
    let env = Env::new(Backend::Sqlite).await;
    let mut setup = env.setup(&IMPATIENT);
    // The standby comes first, and is passed over.
    let servers = [&standby, &primary].map(|cluster| cluster.address().to_string()).join(",");
    setup.database_url = format!("postgres://postgres@{servers}/{database}?target_session_attrs=read-write");
    let node = tokio::task::block_in_place(|| Node::start(setup.clone()));
    let client = node.client();
    let user = client.signed_in_at_last().await;
    let token = rotated(&client, &user.refresh, "the-first-attempt").await;
    tokio::task::block_in_place(|| {
        promote(&standby, &primary, &database);
        demote(&primary, &database);
    });
    let next = works(&client, &user.email, &token).await;
    rotated(&client, &next, "the-very-last-attempt").await;
    let written = psql(&standby.url(&database), "SELECT count(*) FROM session_families WHERE generation > 2");
    assert_eq!(written, "1", "at the new primary");

    // A node that starts now meets the former primary first, which takes writes again.
    tokio::task::block_in_place(|| set_only_reads(&primary, &database, "off"));
    let servers = [&primary, &standby].map(|cluster| cluster.address().to_string()).join(",");
    setup.database_url = format!("postgres://postgres@{servers}/{database}");
    let late = tokio::task::block_in_place(|| Node::start(setup));
    eventually("the promotion is noticed", async || {
        (metric(&late, "auth_db_timeline", &[]).await == 2.0).then_some(())
    })
    .await;
    let sessions = |server: &Cluster| psql(&server.url(&database), "SELECT count(*) FROM session_families");
    let before = [&primary, &standby].map(sessions);
    heals("logins heal", async || late.client().login(&user.email, PASSWORD).await).await;
    assert_eq!(sessions(&primary), before[0], "nothing was written to the former primary");
    assert_ne!(sessions(&standby), before[1]);
}
