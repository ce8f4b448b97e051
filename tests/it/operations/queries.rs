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

/// What is wrong with a query: it does not parse, or names a metric that does not exist. `recorded` are the names that
/// recording rules make.
pub fn complaints(query: &str, recorded: &BTreeSet<String>) -> Vec<String> {
    let query = with_values(query);
    let expression = match parse(&query) {
        Ok(expression) => expression,
        Err(error) => return vec![format!("{error}: {query}")],
    };
    let mut names = BTreeSet::new();
    collect(&expression, &mut names);
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

/// Grafana's variables with values.
pub fn with_values(query: &str) -> String {
    query.replace("$__rate_interval", "1m").replace("$job", ".+").replace("$instance", ".+")
}

fn collect(expression: &Expr, names: &mut BTreeSet<String>) {
    match expression {
        Expr::VectorSelector(selector) => names.extend(selector.name.clone()),
        Expr::MatrixSelector(selector) => names.extend(selector.vs.name.clone()),
        Expr::Aggregate(aggregate) => {
            collect(&aggregate.expr, names);
            if let Some(parameter) = &aggregate.param {
                collect(parameter, names);
            }
        }
        Expr::Unary(unary) => collect(&unary.expr, names),
        Expr::Binary(binary) => {
            collect(&binary.lhs, names);
            collect(&binary.rhs, names);
        }
        Expr::Paren(paren) => collect(&paren.expr, names),
        Expr::Subquery(subquery) => collect(&subquery.expr, names),
        Expr::Call(call) => call.args.args.iter().for_each(|argument| collect(argument, names)),
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
