//! All sessions of all users revoked at once: by the API, by the command line, and by what a crash left behind.

use std::time::Duration;

use kindred::clock::Clock;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

use crate::admin::common::{Person, items, login, person};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, PASSWORD};
use crate::support::eventually::eventually;
use crate::support::family::Family;
use crate::support::metrics::metric;
use crate::support::scene::Scene;
use crate::support::sql::sql;

const PATH: &str = "/api/v1/admin/sessions/revoke-all";
const UNWRITTEN: &str = "SELECT count(*) FROM session_families WHERE revoked_at IS NULL";
const ENTRIES: &str = "SELECT count(*) FROM revocations";

async fn revoke_all(client: &Client, by: &Person) -> String {
    let reply = by.call(client, reqwest::Method::POST, PATH, None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.text("/created_before")
}

/// Waits until this many rows say nothing of their end.
async fn rows_left(env: &Env, count: usize) {
    eventually("the rows are written", async || (sql(env, UNWRITTEN) == count.to_string()).then_some(()))
        .await;
}

/// Access tokens are no longer accepted once the node has heard of it.
async fn refused_everywhere(client: &Client, families: &[Family]) {
    for family in families {
        eventually("the node learns of it", async || {
            (client.verify(family.access()).await.code() == "session_revoked").then_some(())
        })
        .await;
        family.assert_ended(client).await;
    }
}

#[apply(on_both_databases)]
async fn one_entry_ends_all_that_was_there_and_nothing_that_comes(env: Env) {
    let mut node = env.node(&[]).await;
    let client = node.client();
    let admin = person(&env, &client, "user admin").await;
    let mut families = vec![Family::open(&client).await, Family::open(&client).await];
    families.push(families[0].sibling(&client).await);
    families[1].rotate(&client).await;

    revoke_all(&client, &admin).await;
    // At once, whether or not the rows are written, and the caller's own as well.
    for family in &families {
        family.assert_ended(&client).await;
    }
    client.verify(&admin.access).await.assert_problem(401, "session_revoked");
    client.refresh(&admin.refresh, None).await.assert_problem(401, "session_revoked");
    assert_eq!(sql(&env, ENTRIES), "1", "one entry for all of them");
    rows_left(&env, 0).await;
    let reasons = sql(&env, "SELECT DISTINCT revoke_reason FROM session_families");
    assert_eq!(reasons, "revoke_all");
    let counted = metric(&node, "auth_sessions_ended_total", &[("reason", "revoke_all")]).await;
    assert_eq!(counted, 4.0, "each row once");

    let mut later = Family::login(&client, &families[0].email).await;
    later.assert_lives(&client).await;
    let admin = login(&client, admin.email).await;
    let events = items(&admin.get(&client, "/api/v1/admin/events?kind=sessions.all_revoked").await);
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["actor_id"], &events[0]["user_id"]), (&json!(admin.id), &Value::Null));

    // The new node reads the log before it serves.
    tokio::task::block_in_place(|| node.restart());
    let client = node.client();
    for family in &families {
        family.assert_ended(&client).await;
    }
    later.assert_lives(&client).await;
}

/// As after a crash between the entry and the first batch: the log alone is enough, and the rows follow.
#[apply(on_both_databases)]
async fn what_a_crash_left_is_enforced_at_the_start_and_written(env: Env) {
    let mut node = env.node(&[]).await;
    let client = node.client();
    let mut families = Vec::new();
    for _ in 0..3 {
        families.push(Family::open(&client).await);
    }
    node.kill_9();
    let nil = match env.backend() {
        Backend::Sqlite => "x'00000000000000000000000000000000'",
        Backend::Postgres => "'00000000-0000-0000-0000-000000000000'",
    };
    let before = sql(&env, "SELECT max(created_at) / 1000 * 1000 + 1000 FROM session_families");
    // Long ago: however old the entry is, it counts until all rows say so.
    sql(
        &env,
        &format!(
            "INSERT INTO revocations (family_id, revoked_at, reason, created_before) \
            VALUES ({nil}, 1000, 'revoke_all', {before})"
        ),
    );

    let node = env.node(&[]).await;
    let client = node.client();
    for family in &families {
        family.assert_ended(&client).await;
    }
    rows_left(&env, 0).await;
    assert_eq!(sql(&env, "SELECT count(*) FROM session_families WHERE revoked_at = 1000"), "3");
}

#[apply(on_both_databases)]
async fn the_command_line_reaches_a_running_server(env: Env) {
    let node = env.node(&[("KINDRED_REVOCATION__POLL_INTERVAL", "100ms")]).await;
    let client = node.client();
    let families = [Family::open(&client).await, Family::open(&client).await];
    let output = node.run(&["sessions", "revoke-all", "--json"]);
    let told: Value = serde_json::from_str(&output).expect("JSON");
    assert!(told["created_before"].is_string() && told["revoked"].is_u64(), "{told}");
    refused_everywhere(&client, &families).await;
    rows_left(&env, 0).await;
    let mut later = Family::login(&client, &families[0].email).await;
    later.assert_lives(&client).await;
    let detail = sql(&env, "SELECT detail FROM security_events WHERE kind = 'sessions.all_revoked'");
    assert!(detail.contains("\"via\"") && detail.contains("cli"), "{detail}");
    let text = node.run(&["sessions", "revoke-all"]);
    assert!(text.contains("revoked all sessions created before"), "{text}");
    refused_everywhere(&client, &[later]).await;
}

/// A clock that is set back gives later logins earlier times: their ids must not say so.
#[apply(on_both_databases)]
async fn a_login_lives_whatever_its_nodes_clock_says(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let client = &server.client;
    clock.advance(Duration::from_secs(30));
    let ahead = Family::open(client).await;
    let admin = person(&env, client, "user admin").await;
    clock.set_back(Duration::from_secs(30));
    revoke_all(client, &login(client, admin.email.clone()).await).await;
    ahead.assert_ended(client).await;
    client.verify(&admin.access).await.assert_problem(401, "session_revoked");
    let mut later = Family::login(client, &ahead.email).await;
    later.assert_lives(client).await;
    // The last one of before and the first one of after are parted, however often.
    let admin = login(client, admin.email).await;
    revoke_all(client, &admin).await;
    later.assert_ended(client).await;
    Family::login(client, &ahead.email).await.assert_lives(client).await;
    server.stop().await;
}

/// A login that was given its id before the entry, at a node that has not heard of it, takes another id.
#[apply(on_both_databases)]
async fn a_node_that_has_not_heard_of_it_opens_no_dead_session(env: Env) {
    let node = env.node(&[("KINDRED_REVOCATION__POLL_INTERVAL", "5s")]).await;
    let client = node.client();
    let family = Family::open(&client).await;
    let future = sql(&env, "SELECT max(created_at) / 1000 * 1000 + 3600000000 FROM session_families");
    // Without the notification that the server would send.
    let nil = if env.backend() == Backend::Sqlite {
        "zeroblob(16)"
    } else {
        "'00000000-0000-0000-0000-000000000000'"
    };
    sql(
        &env,
        &format!(
            "INSERT INTO revocations (family_id, revoked_at, reason, created_before) \
            VALUES ({nil}, {future}, 'revoke_all', {future})"
        ),
    );
    let mut later = Family::login(&client, &family.email).await;
    later.assert_lives(&client).await;
    family.assert_ended(&client).await;
}

/// The entry stays in the log until every row says so itself, however old it is.
#[apply(on_both_databases)]
async fn the_entry_is_kept_until_all_rows_are_written(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let admin = person(&env, &server.client, "user admin").await;
    revoke_all(&server.client, &admin).await;
    rows_left(&env, 0).await;
    let store = &server.kindred.sessions().store;
    let entry = store.unsettled_revocation().await.expect("it answers").expect("it is not settled yet");
    // As if a login that was under way had come late.
    sql(&env, "UPDATE session_families SET revoked_at = NULL");
    let now = clock.now();
    assert!(!store.settle_revocation(&entry, now, now).await.expect("it answers"));
    let much_later = now.plus(Duration::from_secs(86_400));
    assert_eq!(store.purge_revocations(much_later).await.expect("it answers"), 0);
    let sessions = server.kindred.sessions();
    assert_eq!(sessions.revoke_rows_of_all().await.expect("it answers"), 1);
    assert!(store.settle_revocation(&entry, now, now).await.expect("it answers"));
    assert_eq!(store.unsettled_revocation().await.expect("it answers"), None);
    // The last entry is what nodes see by that the log was not set back.
    assert_eq!(store.purge_revocations(much_later).await.expect("it answers"), 0);
    clock.advance(Duration::from_secs(1));
    let later = Family::open(&server.client).await;
    assert_eq!(server.client.logout(later.access()).await.status, 204);
    assert_eq!(store.purge_revocations(much_later).await.expect("it answers"), 1);
    assert_eq!(sql(&env, ENTRIES), "1");
    server.stop().await;
}

#[apply(on_both_databases)]
async fn logins_that_wait_are_void_and_only_administrators_who_authenticated_recently_may(env: Env) {
    let Scene { clock, server } = Scene::start(&env, &[]).await;
    let client = &server.client;
    let admin = person(&env, client, "user admin").await;
    let support = person(&env, client, "user support").await;
    let call = async |by: &Person| by.call(client, reqwest::Method::POST, PATH, None).await;
    call(&support).await.assert_problem(403, "forbidden");
    clock.advance(Duration::from_secs(301));
    call(&admin).await.assert_problem(403, "step_up_required");
    assert_eq!(sql(&env, ENTRIES), "0");
    assert_eq!(client.verify(&support.access).await.status, 204);

    let token = if env.backend() == Backend::Sqlite { "zeroblob(32)" } else { "'\\x00'" };
    sql(
        &env,
        &format!(
            "INSERT INTO login_challenges (id, user_id, token_hash, credential_epoch, amr, tries, \
            created_at, expires_at) SELECT id, id, {token}, 0, 'pwd', 0, 1, 9000000000000000 FROM users \
            WHERE roles = 'user support'"
        ),
    );
    call(&login(client, admin.email).await).await;
    assert_eq!(sql(&env, "SELECT count(*) FROM login_challenges WHERE voided_at IS NULL"), "0");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_nodes_learn_of_it() {
    let env = Env::new(Backend::Postgres).await;
    let nodes = [env.node(&[]).await, env.node(&[]).await];
    let [a, b] = nodes.each_ref().map(|node| node.client());
    let admin = person(&env, &a, "user admin").await;
    let mut families = [Family::open(&a).await, Family::open(&b).await];
    families[1].rotate(&b).await;
    let known = [families[0].clone(), families[1].clone()];
    revoke_all(&a, &admin).await;
    refused_everywhere(&b, &known).await;
    let mut later = Family::login(&b, &known[0].email).await;
    later.assert_lives(&a).await;
    later.assert_lives(&b).await;
    rows_left(&env, 1).await;
    assert_eq!(b.login(&known[1].email, PASSWORD).await.status, 200);
}
