//! `docs/configuration.md` is what the server prints, and its tables are true for each profile.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::markdown::{read, table};

const REQUIRED: &str = "required";
const MASTER_KEY: (&str, &str) =
    ("KINDRED_SECRETS__MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");

/// A row of the table.
struct Row {
    key: String,
    /// ``` `10s`; production: `20s` ```
    default: String,
}

/// What stands for the name of an entry in the keys of a table's settings.
const NAME: &str = "<name>";

impl Row {
    /// Whether the setting has a value by itself: those of a table have one in each entry.
    fn has_value(&self) -> bool {
        !self.key.contains(NAME)
    }

    /// What the row says of a profile: a value in backticks, or [`REQUIRED`].
    fn written_for(&self, profile: &str) -> &str {
        let mut parts = self.default.split("; ");
        let first = parts.next().unwrap_or_default();
        let own = parts.find_map(|part| part.strip_prefix(profile)?.strip_prefix(": "));
        own.unwrap_or(first)
    }

    fn default_in(&self, profile: &str) -> &str {
        self.written_for(profile).trim_matches('`')
    }
}

/// The rows of all tables of the document.
fn rows() -> Vec<Row> {
    let document = read("docs/configuration.md");
    let headings = document.lines().filter(|line| line.starts_with("## "));
    let cells = headings.flat_map(|heading| table(&document, heading));
    cells
        .map(|cells| match &cells[..] {
            [key, default, _, _] => Row { key: key.trim_matches('`').to_owned(), default: default.clone() },
            other => panic!("not four cells: {other:?}"),
        })
        .collect()
}

/// `kindred config ARGUMENTS` with nothing of the caller's configuration.
fn config(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kindred"));
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("KINDRED_")) {
        command.env_remove(key);
    }
    let output = command
        .current_dir(folder.path())
        .arg("config")
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Key → value of all settings that no one gave.
fn defaults(environment: &[(&str, &str)]) -> BTreeMap<String, Option<String>> {
    let (status, printed, errors) = config(&["print", "--json"], environment);
    assert_eq!(status, Some(0), "{errors}");
    let settings: Vec<Value> = serde_json::from_str(&printed).expect("a JSON array");
    let text = |setting: &Value, name: &str| setting[name].as_str().expect("a text").to_owned();
    settings
        .iter()
        .map(|setting| {
            let given = text(setting, "source") != "default";
            (text(setting, "key"), (!given).then(|| text(setting, "value")))
        })
        .collect()
}

/// What the words of the table mean on this machine, with nothing else configured.
fn on_this_machine(words: &str) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    match words {
        "cores" => cores.to_string(),
        "⌈cores / 4⌉" => cores.div_ceil(4).to_string(),
        "cores − 1, at least 1" => cores.saturating_sub(1).max(1).to_string(),
        "branding.product_name" | "branding.product_name`, made to fit" => "Kindred".to_owned(),
        other => other.to_owned(),
    }
}

/// The same text, or the same time in other units.
fn is_same(written: &str, printed: &str) -> bool {
    let duration = |text: &str| -> Option<Duration> { humantime::parse_duration(text).ok() };
    written == printed || duration(written).is_some_and(|written| duration(printed) == Some(written))
}

fn assert_defaults(profile: &str, environment: &[(&str, &str)]) {
    let mut real = defaults(environment);
    let mut complaints = Vec::new();
    for row in rows().into_iter().filter(Row::has_value) {
        let key = &row.key;
        let written = on_this_machine(row.default_in(profile));
        match real.remove(key) {
            None => complaints.push(format!("{key} is no setting, or stands there twice")),
            Some(Some(printed)) if !is_same(&written, &printed) => {
                complaints.push(format!("{key} is {printed}, not {written}"));
            }
            Some(_) => {}
        }
    }
    complaints.extend(real.into_keys().map(|key| format!("{key} is not in the table")));
    assert!(complaints.is_empty(), "in {profile}:\n{}", complaints.join("\n"));
}

#[test]
fn the_document_is_what_the_server_prints() {
    let broken = ("KINDRED_NO_SUCH_SETTING", "1");
    let (status, printed, errors) = config(&["reference"], &[broken]);
    assert_eq!(status, Some(0), "{errors}");
    let written = read("docs/configuration.md");
    let first = written.lines().zip(printed.lines()).find(|(written, printed)| written != printed);
    assert_eq!(first, None, "run `kindred config reference > docs/configuration.md`");
    assert!(written == printed, "run `kindred config reference > docs/configuration.md`");
}

/// The rule of the document's introduction: section and key in capitals, with two underscores.
#[test]
fn each_setting_has_its_variable() {
    for row in rows() {
        let key = row.key.replace(NAME, "example");
        let variable = format!("KINDRED_{}", key.to_uppercase().replace('.', "__"));
        let (_, printed, errors) = config(&["print"], &[(&variable, "\u{1}")]);
        let is_shown = printed.lines().any(|line| line.starts_with(&key) && line.ends_with("# environment"));
        assert!(is_shown || !errors.is_empty(), "{variable} has no effect:\n{printed}");
        assert!(!errors.contains("is not a setting"), "{variable}:\n{errors}");
    }
}

#[test]
fn the_table_shows_every_setting_and_its_default() {
    assert_defaults("development", &[]);
}

#[test]
fn the_table_shows_what_preview_changes() {
    assert_defaults("preview", &[("KINDRED_PROFILE", "preview"), MASTER_KEY]);
}

#[test]
fn the_table_shows_what_production_changes() {
    let environment = [
        ("KINDRED_PROFILE", "production"),
        ("KINDRED_SERVER__PUBLIC_URL", "https://auth.example.com"),
        // The issuer's default follows the public URL: here it is the table's.
        ("KINDRED_TOKENS__ISSUER", "https://auth.example.com"),
        // So do those of passkeys.
        ("KINDRED_WEBAUTHN__RP_ID", "localhost"),
        ("KINDRED_WEBAUTHN__ORIGINS", "http://localhost:8080"),
        ("KINDRED_DATABASE__URL", "postgres://kindred@db.example.com/kindred?sslmode=verify-full"),
        MASTER_KEY,
    ];
    assert_defaults("production", &environment);
}

#[test]
fn the_table_shows_what_a_profile_requires() {
    for profile in ["preview", "production"] {
        let (status, _, errors) = config(&["check"], &[("KINDRED_PROFILE", profile)]);
        assert_eq!(status, Some(2), "{errors}");
        for row in rows().into_iter().filter(Row::has_value) {
            let missing = errors.lines().any(|line| {
                line.trim().starts_with(&format!("{} (", row.key)) && line.contains("is required")
            });
            let required = row.written_for(profile) == REQUIRED;
            assert_eq!(required, missing, "{} in {profile}:\n{errors}", row.key);
        }
    }
}
