//! `docs/operations.md` knows every metric, and no other.

use std::collections::BTreeSet;

use super::markdown::{read, table};

#[test]
fn the_table_of_metrics_is_complete() {
    let source = read("src/telemetry/metrics.rs");
    let declared: BTreeSet<String> = source
        .split('"')
        .filter(|text| text.starts_with("auth_") && !text.contains(['{', ' ']))
        .map(str::to_owned)
        .collect();
    let rows = table(&read("docs/operations.md"), "## Metrics");
    let written: BTreeSet<String> = rows.iter().map(|cells| cells[0].trim_matches('`').to_owned()).collect();
    assert_eq!(written, declared);
}
