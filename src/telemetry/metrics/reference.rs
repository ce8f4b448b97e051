//! The reference of all metrics, in Markdown: what the registration says, with the values that labels have from the
//! start.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Metrics;
use super::maker::Declared;

const INTRODUCTION: &str = "\
# Metrics

<!-- Written by `kindred metrics > docs/metrics.md`; a test compares it with the program. -->

All metrics of `GET /metrics` on the operations listener, besides those of the process (`process_*`). What each of them
means, and how often gauges are measured, is said in [operations.md](operations.md#metrics); [monitoring.md](monitoring.md)
has the dashboards and the alerts. Durations are in seconds, sizes in bytes.

The values of a label are fixed words of the program, and never users, sessions, addresses or texts of clients. A series
whose values are listed here exists from the start, at zero. Where none are listed, the values follow from what the
server has: its routes, jobs and keys, the purposes of calls that are configured. Such a series exists from its first
event, or from the moment its part is started.
";

/// The values of each label of each metric.
type Values = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The document.
///
/// # Errors
/// Two metrics have the same name.
pub fn reference() -> Result<String, prometheus::Error> {
    let metrics = Metrics::new()?;
    let values = values(&metrics);
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n| metric | kind | labels | |\n|---|---|---|---|\n");
    let mut declared = metrics.declared.to_vec();
    declared.sort_by(|one, other| one.name.cmp(&other.name));
    for metric in &declared {
        let labels = labels(metric, &values);
        let Declared { name, kind, help, .. } = metric;
        // Writing to a string does not fail.
        let _ = writeln!(text, "| `{name}` | {} | {labels} | {help} |", kind.as_str());
    }
    Ok(text)
}

fn values(metrics: &Metrics) -> Values {
    let mut values = Values::new();
    for family in metrics.registry.gather() {
        let labels = values.entry(family.name().to_owned()).or_default();
        for pair in family.get_metric().iter().flat_map(|metric| metric.get_label()) {
            labels.entry(pair.name().to_owned()).or_default().insert(pair.value().to_owned());
        }
    }
    values
}

fn labels(metric: &Declared, values: &Values) -> String {
    // The version of the program would make another document of each release.
    let known = values.get(&metric.name).filter(|_| metric.name != "auth_build_info");
    let describe = |label: &String| {
        let words = known.and_then(|labels| labels.get(label)).into_iter().flatten();
        let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
        if words.is_empty() { format!("`{label}`") } else { format!("`{label}`: {}", words.join(", ")) }
    };
    metric.labels.iter().map(describe).collect::<Vec<_>>().join("; ")
}
