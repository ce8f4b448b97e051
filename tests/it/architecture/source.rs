//! The Rust files whose structure the rules govern.

use std::fs;
use std::path::Path as FilePath;

use super::paths::{Path, paths};
use super::tokens::{Token, tokens, without_tests};
use crate::support::repository;

/// One file, without its test code.
pub struct Source {
    /// From the root of the repository: `src/http/routes.rs`.
    pub file: String,
    pub tokens: Vec<Token>,
    pub paths: Vec<Path>,
    /// Lines, without those of items under `#[cfg(test)]`.
    pub lines: usize,
}

impl Source {
    pub fn parse(file: &str, text: &str) -> Source {
        let all = tokens(text);
        let kept = without_tests(all.clone());
        let last = |tokens: &[Token]| tokens.iter().map(|token| token.line).collect::<Vec<_>>();
        let (all, code) = (last(&all), last(&kept));
        let test_lines: Vec<usize> =
            all.into_iter().filter(|line| code.binary_search(line).is_err()).collect();
        let tests = match (test_lines.first(), test_lines.last()) {
            // One stretch at the end, nearly always; several count line by line.
            (Some(first), Some(last)) if code.last().is_none_or(|code| code < first) => last - first + 1,
            _ => {
                let mut lines = test_lines;
                lines.dedup();
                lines.len()
            }
        };
        let lines = text.lines().count() - tests;
        Source { file: file.to_owned(), paths: paths(&kept), tokens: kept, lines }
    }

    /// The module's names below the crate: `["http", "routes"]`; of lib.rs and main.rs: none.
    pub fn module(&self) -> Vec<&str> {
        let inside = self.file.split_once("src/").map_or("", |(_, inside)| inside).trim_end_matches(".rs");
        let names = inside.split('/').filter(|name| !["lib", "main", "mod"].contains(name));
        names.collect()
    }
}

/// All files under `src` and `migration/src` but those of unit tests.
///
/// # Panics
/// When there is none: rules that look at nothing prove nothing.
pub fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in ["src", "migration/src"] {
        let before = sources.len();
        collect(&repository().join(folder), &mut sources);
        assert!(sources.len() > before, "no Rust file in {folder}");
    }
    sources
}

fn collect(folder: &FilePath, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8");
        if path.is_dir() && name != "tests" {
            collect(&path, sources);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let file = path.strip_prefix(repository()).expect("a file of ours").display().to_string();
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
            sources.push(Source::parse(&file, &text));
        }
    }
}

/// Fails with all complaints at once.
pub fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{} complaints\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn lines_of_tests_are_not_counted() {
    assert_eq!(Source::parse("a.rs", "//! a\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n\n\n}\n").lines, 3);
    assert_eq!(Source::parse("a.rs", "#[cfg(test)]\nmod tests;\nfn a() {}\n").lines, 1);
}

#[test]
fn a_file_is_a_module() {
    assert_eq!(Source::parse("src/http/routes.rs", "").module(), ["http", "routes"]);
    assert!(Source::parse("src/main.rs", "").module().is_empty());
}
