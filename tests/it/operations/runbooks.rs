//! What the runbooks, the plans for incidents and the tables for auditors name exists: commands with their options,
//! operations of the API, settings. Whoever is woken up has no time to look for the right word, and evidence must be there.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::architecture::source::assert_none;
use crate::readme::markdown::read;
use crate::support::repository;

/// The paths of the pages.
fn pages() -> Vec<String> {
    let entries = fs::read_dir(repository().join("docs/runbooks")).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let runbooks = names.map(|name| format!("docs/runbooks/{name}"));
    runbooks.chain(["docs/incidents.md", "docs/compliance.md"].map(str::to_owned)).collect()
}

/// What stands between backticks outside of blocks of code, each on one line.
fn quoted(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let parts = prose.split('`').skip(1).step_by(2);
    parts.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// What is wrong with a command of this program.
fn wrong_command(quote: &str) -> Option<String> {
    let words: Vec<&str> = quote.strip_prefix("kindred ")?.split(' ').collect();
    let is_name = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
    let output = Command::new(env!("CARGO_BIN_EXE_kindred"))
        .args(words.iter().copied().take_while(is_name))
        .arg("--help")
        .output()
        .expect("the program starts");
    let help = String::from_utf8_lossy(&output.stdout);
    let mut options = words.iter().filter(|word| word.starts_with("--"));
    let is_wrong = !output.status.success() || options.any(|option| !help.contains(option));
    is_wrong.then(|| format!("no command `{quote}`"))
}

/// What is wrong with an operation, such as `GET /api/v1/me`; without a method the path counts.
fn wrong_operation(quote: &str, document: &Value) -> Option<String> {
    let (method, path) = match quote.split_once(' ') {
        Some((method, path)) if method.bytes().all(|byte| byte.is_ascii_uppercase()) => (Some(method), path),
        _ => (None, quote),
    };
    if !path.starts_with("/api/") {
        return None;
    }
    let operations = &document["paths"][path.split(['?', ' ']).next()?];
    let exists = match method {
        Some(method) => operations[method.to_ascii_lowercase()].is_object(),
        None => operations.is_object(),
    };
    (!exists).then(|| format!("no operation `{quote}`"))
}

/// What is wrong with a setting, such as `keys.rotate_every` or `keys.rotate_every = 0`. Kinds of events look the same.
fn wrong_setting(quote: &str, settings: &BTreeSet<String>, kinds: &str) -> Option<String> {
    let name = quote.split(" = ").next()?;
    let (section, rest) = name.split_once('.')?;
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_section = settings.iter().any(|setting| setting.starts_with(&format!("{section}.")));
    let is_known = settings.contains(name) || kinds.contains(&format!("\"{name}\""));
    let is_wrong = is_plain(section) && is_plain(rest) && is_section && !is_known;
    is_wrong.then(|| format!("no setting `{quote}`"))
}

fn settings() -> BTreeSet<String> {
    let reference = read("docs/configuration.md");
    let names = reference.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    names.filter(|name| name.contains('.')).map(str::to_owned).collect()
}

#[test]
fn what_the_pages_name_exists() {
    let document: Value = serde_json::from_str(&read("docs/openapi.json")).expect("JSON");
    let (settings, kinds) = (settings(), read("src/model/security_event.rs"));
    let mut found = Vec::new();
    for page in pages() {
        for quote in quoted(&read(&page)) {
            let wrong = wrong_command(&quote)
                .or_else(|| wrong_operation(&quote, &document))
                .or_else(|| wrong_setting(&quote, &settings, &kinds));
            found.extend(wrong.map(|what| format!("{page}: {what}")));
        }
    }
    assert_none(found);
}

#[test]
fn what_does_not_exist_is_found() {
    let document: Value = serde_json::from_str(&read("docs/openapi.json")).expect("JSON");
    let (settings, kinds) = (settings(), read("src/model/security_event.rs"));
    for right in ["kindred keys retire KID --now", "kindred doctor --json"] {
        assert_eq!(wrong_command(right), None);
    }
    for wrong in ["kindred keys burn", "kindred doctor --hastily"] {
        assert!(wrong_command(wrong).is_some(), "{wrong}");
    }
    for right in ["GET /api/v1/admin/events?kind=account.locked", "/api/v1/auth/refresh", "GET /health"] {
        assert_eq!(wrong_operation(right, &document), None);
    }
    for wrong in ["DELETE /api/v1/admin/events", "/api/v1/nowhere"] {
        assert!(wrong_operation(wrong, &document).is_some(), "{wrong}");
    }
    for right in ["keys.rotate_every = 0", "account.locked", "Cargo.lock"] {
        assert_eq!(wrong_setting(right, &settings, &kinds), None);
    }
    assert!(wrong_setting("keys.rotate_never", &settings, &kinds).is_some());
}
