//! `docs/operations.md` knows every metric, and no other.

use std::collections::BTreeSet;

use super::markdown::{read, table};
use crate::support::repository;

/// `docs/metrics.md` is what the program prints.
#[test]
fn the_generated_reference_is_up_to_date() {
    let generated = kindred::telemetry::metrics::reference().expect("metrics");
    assert!(read("docs/metrics.md") == generated, "run `kindred metrics > docs/metrics.md`");
}

/// The files in which metrics are declared, in one text.
fn sources() -> String {
    let folder = "src/telemetry/metrics";
    let entries = std::fs::read_dir(repository().join(folder)).expect("a folder");
    let names = entries.map(|entry| entry.expect("a file").file_name().into_string().expect("a name"));
    let parts = names.map(|name| read(&format!("{folder}/{name}")));
    parts.chain([read("src/telemetry/metrics.rs")]).collect()
}

#[test]
fn the_table_of_metrics_is_complete() {
    let source = sources();
    let declared: BTreeSet<String> = source
        .split('"')
        .filter(|text| text.starts_with("auth_") && !text.contains(['{', ' ']))
        .map(str::to_owned)
        .collect();
    let rows = table(&read("docs/operations.md"), "## Metrics");
    let written: BTreeSet<String> = rows.iter().map(|cells| cells[0].trim_matches('`').to_owned()).collect();
    assert_eq!(written, declared);
}
