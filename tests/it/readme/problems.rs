//! `docs/errors.md` knows every code, and no other.

use std::collections::BTreeSet;

use super::markdown::{read, table};

/// Code and status of each arm of `Code::row`: a text, and behind it a number.
fn codes_of_the_source() -> BTreeSet<(String, String)> {
    let source = read("src/http/problem/code.rs");
    let parts: Vec<&str> = source.split('"').collect();
    let pairs = parts.windows(2).skip(1).step_by(2);
    let found: BTreeSet<_> = pairs
        .filter_map(|pair| {
            let status = pair[1].trim_start_matches(',').trim_start().split(',').next()?;
            status.parse::<u16>().ok()?;
            Some((pair[0].to_owned(), status.to_owned()))
        })
        .collect();
    assert!(found.contains(&("internal".to_owned(), "500".to_owned())), "{found:?}");
    found
}

#[test]
fn the_table_of_problems_is_complete() {
    let rows = table(&read("docs/errors.md"), "## Codes");
    let written: BTreeSet<_> =
        rows.iter().map(|cells| (cells[0].trim_matches('`').to_owned(), cells[1].clone())).collect();
    assert_eq!(written, codes_of_the_source());
    assert_eq!(written.len(), rows.len(), "a code stands there twice");
}
