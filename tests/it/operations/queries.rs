//! Queries in PromQL, and the metrics that they name.

use std::collections::BTreeSet;

use kindred::telemetry::metrics::Metrics;
use promql_parser::parser::{Expr, parse};

/// Metrics that Prometheus itself makes.
const OF_PROMETHEUS: &[&str] = &["up", "ALERTS"];
/// Metrics without a series before the first request: their labels are the routes.
const BY_ROUTE: &[&str] = &["auth_http_requests_total", "auth_http_request_duration_seconds"];
/// A metric whose series appear when the server asks for them first: its labels are the jobs,
/// the states of keys, or there is none without Redis or TLS, or one node tells it for all.
const BY_ROW: &[&str] = &[
    "auth_sessions_active",
    "auth_users_with_second_factor",
    "auth_signing_keys",
    "auth_redis_up",
    "auth_outgoing_requests_total",
    "auth_outgoing_duration_seconds",
    "auth_tls_certificate_expiry_timestamp_seconds",
    "auth_job_last_success_timestamp_seconds",
    "auth_job_duration_seconds",
    "auth_job_rows_total",
    "auth_health",
];

/// The names of all metrics that the server has.
pub fn known_metrics() -> BTreeSet<String> {
    let metrics = Metrics::new().expect("metrics").render().expect("text");
    let text = String::from_utf8(metrics).expect("UTF-8");
    let named = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    named
        .chain(OF_PROMETHEUS.iter().copied())
        .chain(BY_ROUTE.iter().copied())
        .chain(BY_ROW.iter().copied())
        .map(str::to_owned)
        .collect()
}

/// What a query asks for.
struct Selection {
    name: String,
    /// Whether it asks for the values within a time, as `rate` does.
    is_range: bool,
}

/// What is wrong with a query: it does not parse, or names a metric that does not exist. `recorded` are the names that
/// recording rules make.
pub fn complaints(query: &str, recorded: &BTreeSet<String>) -> Vec<String> {
    let query = with_values(query);
    let names = match selections(&query) {
        Ok(selections) => selections.into_iter().map(|selection| selection.name).collect::<BTreeSet<_>>(),
        Err(error) => return vec![format!("{error}: {query}")],
    };
    let known = known_metrics();
    let is_known = |name: &String| {
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        known.contains(name)
            || recorded.contains(name)
            || of_histogram.is_some_and(|name| known.contains(name))
    };
    if names.is_empty() && !query.contains("vector(") {
        return vec![format!("names no metric: {query}")];
    }
    names.into_iter().filter(|name| !is_known(name)).map(|name| format!("no such metric: {name}")).collect()
}

/// The metrics that a query asks for; of a histogram without the ends that its series have.
pub fn metrics(query: &str) -> Vec<String> {
    let selections = selections(&with_values(query)).unwrap_or_default();
    let whole = |name: String| {
        let end = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        end.map_or_else(|| name.clone(), str::to_owned)
    };
    selections.into_iter().map(|selection| whole(selection.name)).collect()
}

/// What is wrong with the query of a panel: it looks at other jobs or instances than were chosen, or at the value of a
/// counter, which means nothing without its rate. Recorded series have no jobs.
pub fn complaints_of_panel(query: &str) -> Vec<String> {
    const CHOSEN: &str = "{job=~\"$job\", instance=~\"$instance\"";
    let Ok(mut selections) = selections(&with_values(query)) else { return Vec::new() };
    selections.retain(|selection| !selection.name.contains(':'));
    let mut found = Vec::new();
    if query.matches(CHOSEN).count() != selections.len() || query.matches('{').count() != selections.len() {
        found.push(format!("looks at other jobs or instances than were chosen: {query}"));
    }
    let is_counter =
        |name: &str| ["_total", "_count", "_sum", "_bucket"].iter().any(|end| name.ends_with(end));
    let bare = selections.iter().filter(|selection| !selection.is_range && is_counter(&selection.name));
    found.extend(bare.map(|selection| format!("a counter without its rate: {}", selection.name)));
    found
}

/// Grafana's variables with values.
pub fn with_values(query: &str) -> String {
    query.replace("$__rate_interval", "1m").replace("$job", ".+").replace("$instance", ".+")
}

fn selections(query: &str) -> Result<Vec<Selection>, String> {
    let expression = parse(query)?;
    let mut selections = Vec::new();
    collect(&expression, &mut selections);
    Ok(selections)
}

fn collect(expression: &Expr, selections: &mut Vec<Selection>) {
    let mut select = |name: &Option<String>, is_range: bool| {
        selections.extend(name.clone().map(|name| Selection { name, is_range }));
    };
    match expression {
        Expr::VectorSelector(selector) => select(&selector.name, false),
        Expr::MatrixSelector(selector) => select(&selector.vs.name, true),
        Expr::Aggregate(aggregate) => {
            collect(&aggregate.expr, selections);
            if let Some(parameter) = &aggregate.param {
                collect(parameter, selections);
            }
        }
        Expr::Unary(unary) => collect(&unary.expr, selections),
        Expr::Binary(binary) => {
            collect(&binary.lhs, selections);
            collect(&binary.rhs, selections);
        }
        Expr::Paren(paren) => collect(&paren.expr, selections),
        Expr::Subquery(subquery) => collect(&subquery.expr, selections),
        Expr::Call(call) => call.args.args.iter().for_each(|argument| collect(argument, selections)),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

#[test]
fn mistakes_are_found() {
    let none = BTreeSet::new();
    assert!(complaints("sum(rate(auth_refresh_total[5m]))", &none).is_empty());
    assert!(complaints("rate(auth_refresh_duration_seconds_bucket{le=\"0.15\"}[5m])", &none).is_empty());
    assert_eq!(
        complaints("sum(rate(auth_refreshs_total[5m]))", &none),
        ["no such metric: auth_refreshs_total"]
    );
    assert_eq!(complaints("sum(rate(auth_refresh_total[5m])", &none).len(), 1);
    assert_eq!(complaints("1 + 1", &none).len(), 1);
}

#[test]
fn mistakes_of_panels_are_found() {
    let chosen = "{job=~\"$job\", instance=~\"$instance\"}";
    let fine = [
        format!("sum by (outcome) (rate(auth_refresh_total{chosen}[$__rate_interval])) or vector(0)"),
        format!(
            "max(auth_users{}, status=\"active\"}}) / max(auth_users{chosen})",
            chosen.trim_end_matches('}')
        ),
        "max by (slo) (auth:slo_budget:ratio)".to_owned(),
    ];
    for query in fine {
        assert_eq!(complaints_of_panel(&query), Vec::<String>::new(), "{query}");
    }
    for query in [
        "sum(rate(auth_refresh_total[1m]))".to_owned(),
        format!("auth_users{chosen} / auth_users"),
        "auth_users{status=\"active\"}".to_owned(),
        format!("sum(auth_refresh_total{chosen})"),
    ] {
        assert_eq!(complaints_of_panel(&query).len(), 1, "{query}");
    }
}
