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
    ("audit trail", "security events"),
    ("nobody", "no one, or the user, client or node that does not …"),
    ("budget", "quota or rate limit: a counted allowance"),
    ("fate", "outcome"),
    ("what became of", "the outcome of"),
    ("prover", "verify_password, verify_factor, reauthenticated"),
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

/// Where the same words say something else: terms of other trades, published names, and made-up people.
const FINE: &[&str] = &[
    "error budget",
    "error budgets",
    "slo budget",
    "slo budgets",
    "disruption budget",
    "time budget",
    "time budgets",
    "label budget",
    "member budget",
    "member budgets",
    "over budget",
    "outcome forged",
    "nobody example com",
    "nobody number example com",
];

/// Whose words count.
const PLACES: &[&str] = &[
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "alerts/",
    "benches/",
    "clients/",
    "deploy/",
    "docs/",
    "grafana/",
    "locales/en/",
    "migration/",
    "src/",
    "templates/",
    "tests/it/",
    "web/",
];

const KINDS: &[&str] = &[".css", ".ftl", ".html", ".js", ".md", ".mjs", ".rs", ".ts", ".tsx", ".txt", ".yml"];

/// Whether a file's words count: code, documents and texts for people, which were not taken from elsewhere.
fn is_prose(file: &str) -> bool {
    let is_ours = file != "tests/it/architecture/words.rs" && !file.starts_with("web/vendor/");
    let is_in_place = PLACES.iter().any(|place| file.starts_with(place));
    is_ours && is_in_place && KINDS.iter().any(|kind| file.ends_with(kind))
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

/// The words, of which those in fine phrases are blank.
fn without_fine(mut words: Vec<(String, usize)>) -> Vec<(String, usize)> {
    for phrase in FINE {
        let length = phrase.split(' ').count();
        for start in starts_of(phrase, &words) {
            for (word, _) in &mut words[start..start + length] {
                word.clear();
            }
        }
    }
    words
}

/// The words with which the phrase begins.
fn starts_of(phrase: &str, words: &[(String, usize)]) -> Vec<usize> {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let windows = words.windows(phrase.len()).enumerate();
    let is_here =
        |window: &[(String, usize)]| window.iter().zip(&phrase).all(|((word, _), wanted)| word == wanted);
    windows.filter(|(_, window)| is_here(window)).map(|(start, _)| start).collect()
}

/// The lines in which the phrase begins.
fn lines_with(phrase: &str, words: &[(String, usize)]) -> Vec<usize> {
    starts_of(phrase, words).into_iter().map(|start| words[start].1).collect()
}

fn complaints(file: &str, text: &str) -> Vec<String> {
    let words = without_fine(words(text));
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

#[test]
fn a_word_is_fine_where_it_says_something_else() {
    assert_eq!(complaints("docs/a.md", "The budget of mails is spent.").len(), 1);
    assert!(complaints("docs/a.md", "The error\nbudget is spent; nobody@example.com reads it.").is_empty());
}
