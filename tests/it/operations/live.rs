//! A real Prometheus scrapes a real node, with the rules and dashboards as they are shipped, but for the patience of the
//! alerts.

mod canary;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::dashboards::{dashboards, panels, queries};
use super::{queries as promql, rules};
use crate::architecture::source::assert_none;
use crate::browser::jar::{Browser, REFRESH};
use crate::edge::program::Program;
use crate::support::backend::{Backend, Env};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::client::{Client, PASSWORD, unique_email};
use crate::support::eventually::eventually;
use crate::support::process::Node;

/// Starts Prometheus with the configuration in the file `$0`, whose first line has the port.
const START: &str = r#"exec prometheus --config.file="$0" --storage.tsdb.path="$(dirname "$0")/data" \
    --web.listen-address="127.0.0.1:$(sed -n '1s/# //p' "$0")" --log.level=warn"#;

/// How often the panels are asked again before those that are still empty are told.
const SCRAPES_UNTIL_ALL_SHOW: usize = 60;

struct Prometheus {
    client: Client,
    url: String,
    _program: Program,
}

impl Prometheus {
    fn start(nodes: &[&Node]) -> Prometheus {
        let targets: Vec<&str> =
            nodes.iter().map(|node| node.ops_url().trim_start_matches("http://")).collect();
        let program =
            Program::start(&["sh", "-c", START], |folder, port| configuration(folder, port, &targets));
        let url = program.url();
        Prometheus { client: Client::new(&url), _program: program, url }
    }

    fn url(&self) -> &str {
        &self.url
    }

    /// The samples of a query: labels and values.
    async fn ask(&self, query: &str) -> Vec<Value> {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let reply = self.client.get(&format!("/api/v1/query?query={query}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body["data"]["result"].as_array().expect("samples").clone()
    }

    async fn fires(&self, alert: &str) {
        let query = format!("ALERTS{{alertname=\"{alert}\", alertstate=\"firing\"}}");
        eventually(&format!("{alert} fires"), async || (!self.ask(&query).await.is_empty()).then_some(()))
            .await;
    }

    /// Waits until the node has been scraped this often since it was asked.
    async fn scrapes(&self, times: usize) {
        let count = async || {
            let samples = self.ask("sum(count_over_time(up[10m]))").await;
            samples.first().and_then(|sample| sample["value"][1].as_str()?.parse::<f64>().ok()).unwrap_or(0.0)
        };
        let before = count().await;
        eventually("Prometheus has scraped", async || (count().await >= before + times as f64).then_some(()))
            .await;
    }
}

/// Rules with patience taken out, so that an alert fires at the second evaluation.
fn configuration(folder: &Path, port: u16, targets: &[&str]) -> String {
    for path in rules::files(".rules.yml") {
        let text = fs::read_to_string(&path).expect("rules");
        let patient = |line: &&str| !line.trim_start().starts_with("for: ");
        let hasty: Vec<&str> = text.lines().filter(patient).collect();
        let hasty =
            hasty.join("\n").replace("interval: 30s", "interval: 1s").replace("interval: 2m", "interval: 1s");
        fs::write(folder.join(path.file_name().expect("a name")), hasty).expect("a copy");
    }
    format!(
        "# {port}\nglobal: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ['{}/*.rules.yml']\n\
         scrape_configs: [{{job_name: kindred, static_configs: [{{targets: {}}}]}}]\n",
        folder.display(),
        json!(targets)
    )
}

/// A login, a refresh, a race, a replay, wrong passwords, unknown addresses, a request without its CSRF token.
async fn varied_load(node: &Node) {
    let client = node.client();
    let email = unique_email();
    client.register(&email, PASSWORD).await;
    for _ in 0..3 {
        let user = client.login(&email, PASSWORD).await;
        let first = user.body["refresh_token"].as_str().expect("a token").to_owned();
        client.verify(user.body["access_token"].as_str().expect("a token")).await;
        let next = client.refresh(&first, None).await;
        let second = next.body["refresh_token"].as_str().expect("a token").to_owned();
        client.refresh(&second, None).await;
        client.login(&email, "no one's password").await;
        client.login(&unique_email(), PASSWORD).await;
    }
    let mut browser = Browser::new(&client, node.base_url());
    browser.signed_in().await;
    browser.csrf = None;
    for _ in 0..3 {
        browser.post(REFRESH, Value::Null).await.assert_problem(403, "csrf_failed");
    }
    client.get("/.well-known/jwks.json").await.assert_status(200);
}

/// The panels that show nothing.
async fn empty_panels(prometheus: &Prometheus) -> Vec<String> {
    let mut empty = Vec::new();
    for (name, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            let mut samples = 0;
            for query in queries(panel) {
                samples += prometheus.ask(&promql::with_values(query)).await.len();
            }
            if samples == 0 {
                empty.push(format!("{name}: {} is empty", panel["title"]));
            }
        }
    }
    empty
}

/// Asks until no panel is empty: a recording rule that reads another one is evaluated a step after it. Returns those
/// that stayed empty.
async fn panels_that_stay_empty(prometheus: &Prometheus) -> Vec<String> {
    let mut empty = empty_panels(prometheus).await;
    for _ in 0..SCRAPES_UNTIL_ALL_SHOW {
        if empty.is_empty() {
            break;
        }
        prometheus.scrapes(1).await;
        empty = empty_panels(prometheus).await;
    }
    empty
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_panel_shows_something_and_every_rule_can_be_evaluated() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let prometheus = tokio::task::block_in_place(|| Prometheus::start(&[&node]));
    varied_load(&node).await;
    prometheus.scrapes(2).await;
    varied_load(&node).await;
    prometheus.scrapes(3).await;
    assert_none(panels_that_stay_empty(&prometheus).await);
    let groups = prometheus.client.get("/api/v1/rules").await;
    let groups = groups.body["data"]["groups"].as_array().expect("groups").clone();
    let rules = groups.iter().flat_map(|group| group["rules"].as_array().expect("rules"));
    let broken: Vec<String> = rules.filter(|rule| rule["health"] == "err").map(ToString::to_string).collect();
    assert_none(broken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_replay_an_outage_and_failed_csrf_checks_fire() {
    let env = Env::new(Backend::Postgres).await;
    let (proxy, through) = ChaosProxy::before(env.database_url()).await;
    let mut setup = env.setup(&[]);
    setup.database_url = through;
    let node = tokio::task::block_in_place(|| Node::start(setup));
    let prometheus = tokio::task::block_in_place(|| Prometheus::start(&[&node]));
    let client = node.client();
    let user = client.signed_in().await;
    prometheus.scrapes(2).await;

    // A copy of the first token comes back after two rotations.
    let mut token = user.refresh.clone();
    for _ in 0..3 {
        let reply = client.refresh(&token, None).await;
        token = reply.body["refresh_token"].as_str().expect("a token").to_owned();
    }
    client.refresh(&user.refresh, None).await.assert_problem(401, "refresh_token_reused");
    prometheus.fires("RefreshStaleReplay").await;
    prometheus.fires("RefreshReplayRatioHigh").await;

    let mut browser = Browser::new(&client, node.base_url());
    browser.signed_in().await;
    browser.csrf = None;
    for _ in 0..20 {
        browser.post(REFRESH, Value::Null).await.assert_problem(403, "csrf_failed");
    }
    prometheus.fires("CsrfInvalidRatioHigh").await;

    proxy.cut();
    prometheus.fires("DatabaseDown").await;
    prometheus.fires("HealthPartFailing").await;
    proxy.restore();
    let silent = "ALERTS{alertname=\"DatabaseDown\", alertstate=\"firing\"}";
    eventually("the database is back", async || prometheus.ask(silent).await.is_empty().then_some(())).await;
}
