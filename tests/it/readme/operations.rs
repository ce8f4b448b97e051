//! `docs/api.md` lists every operation of the OpenAPI document, and no other.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::markdown::{read, rows};

/// Method and path of each operation that the document describes.
fn described() -> BTreeSet<(String, String)> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_kindred")).arg("openapi").output().expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).expect("a JSON document");
    let paths = document["paths"].as_object().expect("an object");
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("an object").keys();
        methods.map(move |method| (method.to_uppercase(), path.clone()))
    });
    operations.collect()
}

/// The same of the tables: `GET, HEAD` in the first cell, the path in the second.
fn written() -> Vec<(String, String)> {
    let operations = rows(&read("docs/api.md")).into_iter().filter(|cells| cells[1].starts_with("`/"));
    let each_method = |cells: Vec<String>| {
        let path = cells[1].trim_matches('`').to_owned();
        let methods: Vec<String> = cells[0].split(", ").map(str::to_owned).collect();
        methods.into_iter().map(move |method| (method, path.clone()))
    };
    operations.flat_map(each_method).collect()
}

#[test]
fn the_tables_of_operations_are_complete() {
    let listed = written();
    let distinct: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(distinct, described());
    assert_eq!(distinct.len(), listed.len(), "an operation is listed twice");
}
