//! Files that a document names or links to exist, and the README stays short.

use std::path::Path;

use super::markdown::{code_spans, links, read};
use crate::support::repository;

/// Documents that people read: all Markdown of the root, of `docs` and of `migration`.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "docs", "docs/adr", "migration"] {
        let entries = std::fs::read_dir(repository().join(folder)).expect("a folder");
        for entry in entries {
            let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
            if name.ends_with(".md") {
                found.push(Path::new(folder).join(name).display().to_string());
            }
        }
    }
    found.sort();
    assert!(found.iter().any(|file| file == "README.md"));
    found
}

/// A path of ours, if the text looks like one: `src/boot.rs`, `docs/adr/`, not `src/*.rs`.
fn path(span: &str) -> Option<&str> {
    let roots = ["src/", "migration/", "tests/", "docs/", "scripts/", "benches/"];
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "/._-".contains(sign);
    (roots.iter().any(|root| span.starts_with(root)) && span.chars().all(plain)).then_some(span)
}

#[test]
fn named_files_exist() {
    let mut complaints = Vec::new();
    for file in documents() {
        let text = read(&file);
        for path in code_spans(&text).into_iter().filter_map(path) {
            if !repository().join(path).exists() {
                complaints.push(format!("{file}: `{path}`"));
            }
        }
    }
    assert!(complaints.is_empty(), "not there:\n{}", complaints.join("\n"));
}

#[test]
fn links_lead_somewhere() {
    let mut complaints = Vec::new();
    for file in documents() {
        let text = read(&file);
        let folder = repository().join(&file);
        let folder = folder.parent().expect("a folder");
        for link in links(&text) {
            let target = link.split('#').next().unwrap_or_default();
            let elsewhere = target.is_empty() || target.contains("://") || target.contains(' ');
            if !elsewhere && !folder.join(target).exists() {
                complaints.push(format!("{file}: {link}"));
            }
        }
    }
    assert!(complaints.is_empty(), "not there:\n{}", complaints.join("\n"));
}

/// The first screens say for whom the server is, why, and how to try it; everything else has a page of its own.
#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 120, "{lines} lines");
}

#[test]
fn only_plain_paths_are_paths() {
    assert_eq!(path("src/boot.rs"), Some("src/boot.rs"));
    assert_eq!(path("src/*.rs"), None);
    assert_eq!(path("kindred serve"), None);
}
