//! The export of security events.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

use super::common::{Person, items, person};
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, Reply, send};
use crate::support::metrics::metric;
use crate::support::sql::sql;

const PATH: &str = "/api/v1/admin/events";
const MANY: usize = 10_000;
/// What the whole export holds at least, were it in memory at once.
const SIZE: usize = 20 << 20;

fn lines(reply: &Reply) -> Vec<Value> {
    let text = match &reply.body {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        one => one.to_string(), // a document of one line is JSON
    };
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

async fn exports(client: &Client, support: &Person) -> Vec<Value> {
    items(&support.get(client, &format!("{PATH}?kind=audit.exported")).await)
}

/// Entries of two KiB each, a microsecond apart in groups of three.
fn write_many(env: &Env) {
    let (id, series) = match env.backend() {
        Backend::Sqlite => (
            "randomblob(16)",
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"),
        ),
        Backend::Postgres => {
            ("gen_random_uuid()", format!("WITH n(i) AS (SELECT * FROM generate_series(1, {MANY}))"))
        }
    };
    let padding = "x".repeat(2_000);
    let detail = match env.backend() {
        Backend::Sqlite => format!("'{{\"number\":' || i || ',\"padding\":\"{padding}\"}}'"),
        Backend::Postgres => format!("('{{\"number\":' || i || ',\"padding\":\"{padding}\"}}')::json"),
    };
    sql(
        env,
        &format!(
            "{series} INSERT INTO security_events (id, kind, correlation_id, detail, created_at) \
         SELECT {id}, 'consent.given', 'bulk', {detail}, 1000000 + i / 3 FROM n"
        ),
    );
}

#[apply(on_both_databases)]
async fn what_matches_comes_a_line_each_oldest_first(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let support = person(&env, &client, "user support").await;
    for _ in 0..3 {
        client.login(&support.email, "wrong password").await;
    }
    let listed = items(&support.get(&client, &format!("{PATH}?kind=login.failed")).await);
    let query = format!("{PATH}?kind=login.failed&user={}", support.id);
    let accept = client.request(Method::GET, &query).bearer_auth(&support.access);
    let accepted = send(accept.header("Accept", "application/x-ndjson;q=0.9, */*;q=0.1")).await;
    for reply in [accepted, support.get(&client, &format!("{query}&format=ndjson")).await] {
        assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let mut exported = lines(&reply);
        exported.reverse();
        assert_eq!(exported, listed);
    }
    // The other form, although the header asks for lines.
    let json = client.request(Method::GET, &format!("{query}&format=json")).bearer_auth(&support.access);
    let page = send(json.header("Accept", "application/x-ndjson")).await;
    assert_eq!(items(&page), listed);

    let recorded = exports(&client, &support).await;
    assert_eq!(recorded.len(), 2);
    assert_eq!(recorded[0]["actor_id"], json!(support.id));
    assert_eq!(
        (&recorded[0]["detail"]["kind"], &recorded[0]["detail"]["user"]),
        (&json!("login.failed"), &json!(support.id))
    );
    let nothing = support.get(&client, &format!("{PATH}?format=ndjson&until=1970-01-01T00:00:00Z")).await;
    assert_eq!((nothing.status, lines(&nothing).len()), (200, 0));
}

#[apply(on_both_databases)]
async fn many_take_no_more_memory_than_few(env: Env) {
    let node = env.node(&[]).await;
    let client = node.client();
    let support = person(&env, &client, "user support").await;
    write_many(&env);
    let resident = async || metric(&node, "process_resident_memory_bytes", &[]).await;
    // A few pages first: what one needs is there then, whatever number follows.
    let few = support.get(&client, &format!("{PATH}?format=ndjson&until=1970-01-01T00:00:01.0005Z")).await;
    assert!((1_000..2_000).contains(&lines(&few).len()));
    let before = resident().await;
    let request = client.request(Method::GET, &format!("{PATH}?format=ndjson&kind=consent.given"));
    let mut response = request.bearer_auth(&support.access).send().await.expect("an answer");
    let (mut text, mut most) = (Vec::new(), before);
    let mut measured = 0;
    while let Some(chunk) = response.chunk().await.expect("the whole answer") {
        text.extend_from_slice(&chunk);
        // The reader is slower than the server could be: whatever it buffered would stand in its memory.
        if text.len() >= (measured + 1) * (1 << 20) {
            measured += 1;
            most = most.max(resident().await);
        }
    }
    assert!(text.len() > SIZE && measured >= 10, "{} bytes", text.len());
    let text = String::from_utf8(text).expect("UTF-8");
    let numbers = text.lines().map(|line| {
        let event: Value = serde_json::from_str(line).expect("JSON");
        event["detail"]["number"].as_u64().expect("a number")
    });
    let mut numbers: Vec<u64> = numbers.collect();
    // Within one instant the id decides, which is random here.
    assert!(numbers.iter().zip(1..).all(|(number, place)| number.abs_diff(place) < 3));
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(1..=MANY as u64));
    let grown = most - before;
    assert!(grown < SIZE as f64 / 2.0, "it grew by {grown} bytes");
}
