//! The files of the repository say nothing about the machine they were written on.

use std::fs;
use std::process::Command;

use super::source::assert_none;
use crate::support::repository;

/// In two parts each, so that this file does not hold what it looks for.
const FORBIDDEN: &[(&str, &str)] = &[("/ro", "ot/"), ("/wo", "rk/"), ("../sh", "ared")];

/// All files that Git tracks, and the new ones that it would: from the root of the repository.
///
/// # Panics
/// Outside a Git checkout: rules about the repository cannot be held there.
pub fn files() -> Vec<String> {
    let listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(listing).current_dir(repository()).output().expect("git starts");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("names in UTF-8");
    let files = names.split_terminator('\0').map(str::to_owned);
    let files: Vec<String> = files.filter(|file| repository().join(file).is_file()).collect();
    assert!(!files.is_empty(), "no file in the repository");
    files
}

fn forbidden_words(content: &[u8]) -> Vec<String> {
    let words = FORBIDDEN.iter().map(|(head, tail)| format!("{head}{tail}"));
    words.filter(|word| content.windows(word.len()).any(|part| part == word.as_bytes())).collect()
}

#[test]
fn no_file_names_a_machines_path() {
    let mut complaints = Vec::new();
    for file in files() {
        let content = fs::read(repository().join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        complaints.extend(forbidden_words(&content).into_iter().map(|word| format!("{file}: {word}")));
    }
    assert_none(complaints);
}

#[test]
fn a_machines_path_is_found() {
    let bad = format!("see {}{}x", FORBIDDEN[0].0, FORBIDDEN[0].1);
    assert_eq!(forbidden_words(bad.as_bytes()).len(), 1);
    assert!(forbidden_words(b"network/root and shared/").is_empty());
}
