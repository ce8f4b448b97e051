//! The words of the repository: one for each concept, and plain English.

use std::fs;

use super::repository::files;
use super::source::assert_none;
use crate::support::repository;

/// Words that are not used, and what is said instead. A phrase is found across the end of a line.
const BANNED: &[(&str, &str)] = &[
    ("somebody", "someone: machinery has users, clients and nodes as its subjects"),
    ("anybody", "anyone"),
    ("whoever", "the user, the client or the operator who …"),
    ("whomever", "the user, the client or the operator whom …"),
    ("for who", "for people who …"),
    ("anew", "again"),
    ("afresh", "again"),
    ("any more", "no longer"),
    ("any longer", "no longer"),
    ("everybody", "everyone"),
    ("audit log", "security events"),
    ("of which nothing", "unknown …"),
    ("forged", "invalid: a token that is broken or not ours (RFC 6749 §5.2)"),
    ("enrol", "enroll: US spelling, as in NIST SP 800-63"),
    ("enrols", "enrolls"),
    ("enrolment", "enrollment"),
    // Earlier names of modules, which are named for what they hold.
    ("courier", "notification::transport"),
    ("postbox", "notification"),
    ("atlas", "geoip"),
    ("gallery", "blob_store"),
    ("census", "data_inventory"),
    ("afterwork", "background_tasks"),
    ("keyring", "keys"),
    ("key room", "keys"),
    ("vault", "keys"),
];

/// The files whose words count: code, documents and texts for people.
fn is_prose(file: &str) -> bool {
    let folders = ["src/", "docs/", "templates/", "migration/", "tests/it/", "benches/"];
    let is_inside = folders.iter().any(|folder| file.starts_with(folder)) || file == "README.md";
    let lists_them = file == "tests/it/architecture/words.rs";
    let kinds = [".rs", ".md", ".txt", ".html"];
    is_inside && !lists_them && kinds.iter().any(|kind| file.ends_with(kind))
}

/// The words in lower case, each with the number of its line.
fn words(text: &str) -> Vec<(String, usize)> {
    let lines = (1..).zip(text.lines());
    let of_line = |(number, line): (usize, &str)| {
        let words = line.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| (word.to_lowercase(), number)).collect::<Vec<_>>()
    };
    lines.flat_map(of_line).collect()
}

/// The lines in which the phrase begins.
fn lines_with(phrase: &str, words: &[(String, usize)]) -> Vec<usize> {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let is_here = |window: &&[(String, usize)]| {
        window.iter().zip(&phrase).all(|((word, _), wanted)| word.as_str() == *wanted)
    };
    words.windows(phrase.len()).filter(is_here).map(|window| window[0].1).collect()
}

fn complaints(file: &str, text: &str) -> Vec<String> {
    let words = words(text);
    let found = BANNED.iter().flat_map(|(phrase, instead)| {
        let lines = lines_with(phrase, &words).into_iter();
        lines.map(move |line| format!("{file}:{line}: \"{phrase}\" (instead: {instead})"))
    });
    found.collect()
}

#[test]
fn banned_words_are_not_used() {
    let texts = files().into_iter().filter(|file| is_prose(file));
    let found = texts.flat_map(|file| {
        let text =
            fs::read_to_string(repository().join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        complaints(&file, &text)
    });
    assert_none(found.collect());
}

#[test]
fn words_are_found_whole_and_across_lines() {
    let lines = |phrase: &str, text: &str| lines_with(phrase, &words(text));
    assert_eq!(lines("anew", "//! Opened anew.\n/// A renewed Anew\n"), [1, 2]);
    assert_eq!(lines("any more", "/// not any\n/// more; any\nthing more"), [1]);
    assert_eq!(complaints("src/new/a.rs", "// Somebody asks.").len(), 1);
    assert!(complaints("src/new/a.rs", "// Someone asks.").is_empty());
}
