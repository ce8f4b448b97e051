//! The reference of all settings in Markdown: `docs/configuration.md`, as `kindred config reference` prints it.

use super::entry::Entry;
use super::error::SettingError;
use super::profile::Environment;
use super::reader::Reader;
use super::{Config, source};

/// The text above the tables.
const INTRODUCTION: &str = include_str!("reference.md");

const PROFILES: [Environment; 3] = [Environment::Development, Environment::Preview, Environment::Production];

/// What is written in place of a default that a profile does not have.
const REQUIRED: &str = "required";

/// The reference. It depends neither on the environment of the process nor on the machine.
pub fn reference() -> String {
    let profiles = PROFILES.map(entries);
    let [development, preview, production] = &profiles;
    let mut text = INTRODUCTION.to_owned();
    let mut section = "";
    for ((one, two), three) in development.iter().zip(preview).zip(production) {
        if one.section != section {
            section = one.section;
            text +=
                &format!("\n## {section}\n\n| setting | default | values | meaning |\n|---|---|---|---|\n");
        }
        let default = by_profile([&one.default, &two.default, &three.default]);
        let values = if one.values == three.values {
            one.values.clone()
        } else {
            format!("{} (preview and production: {})", one.values, three.values)
        };
        text += &format!("| `{}` | {default} | {values} | {} |\n", one.key, one.meaning);
    }
    text
}

/// All settings of a profile that is given nothing else.
fn entries(profile: Environment) -> Vec<Entry> {
    let variables = [("KINDRED_PROFILE".to_owned(), profile.to_string())];
    let mut reader = Reader::new(source::of_environment(variables, &Config::keys()));
    let _ = Config::read(&mut reader);
    let (mut entries, problems) = reader.into_reference();
    for entry in &mut entries {
        let is_missing =
            |problem: &SettingError| problem.key == entry.key && problem.message.starts_with("is required");
        if problems.iter().any(is_missing) {
            REQUIRED.clone_into(&mut entry.default);
        }
    }
    entries
}

/// The text of development, and after it those that differ: `a; production: b`.
fn by_profile([development, preview, production]: [&str; 3]) -> String {
    let mut text = development.to_owned();
    for (name, own) in [("preview", preview), ("production", production)] {
        if own != development {
            text += &format!("; {name}: {own}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_say_what_they_change() {
        assert_eq!(by_profile(["a", "a", "a"]), "a");
        assert_eq!(by_profile(["a", "b", "c"]), "a; preview: b; production: c");
    }

    #[test]
    fn every_setting_is_documented_in_one_row() {
        let settings = Config::from_sources(None, []).unwrap().settings;
        let entries = entries(Environment::Development);
        let has_value = |entry: &&Entry| !entry.key.contains(super::super::declaration::ENTRY_NAME);
        let documented: Vec<_> = entries.iter().filter(has_value).map(|entry| entry.key.to_owned()).collect();
        let read: Vec<_> = settings.into_iter().map(|setting| setting.key).collect();
        assert_eq!(documented, read);
        let [preview, production] = [Environment::Preview, Environment::Production].map(super::entries);
        let values = |entries: Vec<Entry>| entries.into_iter().map(|entry| entry.values).collect::<Vec<_>>();
        assert_eq!(values(preview), values(production), "the reference tells the two together");
        for entry in entries {
            let cells = [&entry.default, &entry.values, entry.meaning];
            assert!(!cells.iter().any(|cell| cell.contains(['|', '\n']) || cell.is_empty()), "{entry:?}");
            assert!(entry.meaning.ends_with('.'), "{entry:?}");
        }
    }
}
