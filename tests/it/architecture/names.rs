//! A name that an operator meets leads somewhere: alerts to runbooks, queries to metrics.

use std::fs;

use super::repository::files;
use super::source::assert_none;
use crate::support::repository;

fn read(file: &str) -> String {
    fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The alerts that a rules file defines.
fn alerts(rules: &str) -> Vec<&str> {
    let lines = rules.lines().map(|line| line.trim_start_matches([' ', '-']));
    lines
        .filter_map(|line| line.strip_prefix("alert:"))
        .map(|name| name.trim().trim_matches(['"', '\'']))
        .collect()
}

/// The words of `text` that are metrics of ours.
fn metrics(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| word.starts_with("auth_")).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether `declared` has the metric, or the histogram that this is a series of.
fn is_declared(metric: &str, declared: &[&str]) -> bool {
    let stems = ["_bucket", "_sum", "_count"].iter().filter_map(|suffix| metric.strip_suffix(suffix));
    stems.chain([metric]).any(|name| declared.contains(&name))
}

#[test]
fn each_alert_has_a_runbook() {
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| file.starts_with("alerts/") && file.ends_with(".rules.yml")) {
        let rules = read(file);
        let found = alerts(&rules);
        assert!(!found.is_empty(), "{file} defines no alert");
        for alert in found {
            let runbook = format!("docs/runbooks/{alert}.md");
            if !repository().join(&runbook).exists() {
                complaints.push(format!("{file}: {alert} has no {runbook}"));
            }
        }
    }
    assert_none(complaints);
}

#[test]
fn each_metric_that_is_queried_exists() {
    let queries: Vec<String> = files()
        .into_iter()
        .filter(|file| file.starts_with("alerts/") || file.starts_with("grafana/"))
        .filter(|file| file.ends_with(".yml") || file.ends_with(".yaml") || file.ends_with(".json"))
        .collect();
    if queries.is_empty() {
        return; // no alerts and no dashboards: no name that could be wrong
    }
    let is_source = |file: &&String| file.starts_with("src/telemetry/") && file.ends_with(".rs");
    let source: String = files().iter().filter(is_source).map(|file| read(file)).collect();
    let declared = metrics(&source);
    let mut complaints = Vec::new();
    for file in queries {
        let text = read(&file);
        let missing = metrics(&text).into_iter().filter(|metric| !is_declared(metric, &declared));
        complaints.extend(missing.map(|metric| format!("{file}: {metric} is no metric of ours")));
    }
    assert_none(complaints);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_read() {
        let rules =
            "groups:\n- rules:\n  - alert: RefreshSlow\n    expr: x\n  -   alert: \"B\"\n  - record: c\n";
        assert_eq!(alerts(rules), ["RefreshSlow", "B"]);
    }

    #[test]
    fn metrics_are_read_and_found_missing() {
        let query = "rate(auth_a_total{x=\"y\"}[5m]) / auth_b_seconds_bucket > job:auth_c:rate + auth_d";
        assert_eq!(metrics(query), ["auth_a_total", "auth_b_seconds_bucket", "auth_d"]);
        let declared = ["auth_a_total", "auth_b_seconds"];
        assert!(is_declared("auth_a_total", &declared) && is_declared("auth_b_seconds_bucket", &declared));
        assert!(!is_declared("auth_d", &declared) && !is_declared("auth_a", &declared));
    }
}
