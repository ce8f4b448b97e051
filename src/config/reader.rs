//! Reads one setting at a time, remembers its declaration and collects what is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::value::{Dict, Value};

use super::Config;
use super::declaration::{Declaration, ENTRY_NAME, SettingValue};
use super::entry::Entry;
use super::error::{ConfigError, SettingError};
use super::source::Source;
use super::variables::OF_FILE;

/// How an absent value is shown.
const NOT_SET: &str = "(not set)";

/// One effective setting, as `kindred config print` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub value: String,
    /// `default`, `environment` or the file's name.
    pub source: String,
}

/// Reads the settings of all sections, one after another, and keeps going after a mistake.
pub struct Reader {
    figment: Figment,
    known: BTreeSet<String>,
    /// The former keys of settings that are given by them.
    given_by_former: BTreeMap<&'static str, &'static str>,
    problems: Vec<SettingError>,
    warnings: Vec<String>,
    settings: Vec<Setting>,
    section: &'static str,
    reference: Vec<Entry>,
    /// The entry of a table that is being read.
    entry: TableEntry,
    /// What is wrong with an entry that is given nothing, for the reference.
    template_problems: Vec<SettingError>,
}

/// An entry of a table, such as one of `federation.providers`: its settings are declared once, for entries of all names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum TableEntry {
    /// The setting is in no table.
    #[default]
    None,
    /// The settings are declared, and no entry is read.
    Template,
    Named(String),
}

impl Reader {
    pub(super) fn new(source: Source) -> Self {
        let Source { figment, problems, warnings } = source;
        Self {
            figment,
            known: BTreeSet::new(),
            given_by_former: BTreeMap::new(),
            problems,
            warnings,
            settings: Vec::new(),
            section: "",
            reference: Vec::new(),
            entry: TableEntry::None,
            template_problems: Vec::new(),
        }
    }

    /// The names of the entries of a table.
    pub fn entries(&self, table: &str) -> Vec<String> {
        match self.figment.find_value(table) {
            Ok(Value::Dict(_, entries)) => entries.into_keys().collect(),
            _ => Vec::new(),
        }
    }

    /// Declares the settings of a table's entries, whose keys have `<name>` in place of the entry's name.
    pub fn template<T>(&mut self, read: impl FnOnce(&mut Self) -> T) {
        let before = self.problems.len();
        self.entry = TableEntry::Template;
        read(self);
        self.entry = TableEntry::None;
        self.template_problems.extend(self.problems.split_off(before));
    }

    /// Reads the settings of one entry of a table.
    pub fn entry<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.entry = TableEntry::Named(name.to_owned());
        let entry = read(self);
        self.entry = TableEntry::None;
        entry
    }

    /// The key of a setting in the entry that is being read.
    fn actual(&self, key: &str) -> String {
        match &self.entry {
            TableEntry::Named(name) => key.replace(ENTRY_NAME, name),
            TableEntry::None | TableEntry::Template => key.to_owned(),
        }
    }

    /// Begins a section of the reference.
    pub const fn section(&mut self, title: &'static str) {
        self.section = title;
    }

    /// A value with a default.
    pub fn value<T: SettingValue + PartialOrd>(&mut self, setting: Declaration<T>, default: T) -> T {
        self.declare(&setting, setting.values(), default.show());
        let value = self.parsed(setting.key).unwrap_or(default);
        if let Some(rule) = setting.broken_rule(&value) {
            self.problem(setting.key, rule);
        }
        self.show(setting.key, value.show());
        value
    }

    /// A value with a default whose type has no order, and therefore no bounds.
    pub fn choice<T: SettingValue>(&mut self, setting: Declaration<T>, default: T) -> T {
        self.declare(&setting, setting.values(), default.show());
        let value = self.parsed(setting.key).unwrap_or(default);
        self.show(setting.key, value.show());
        value
    }

    /// A value that may be absent.
    pub fn optional<T: SettingValue>(&mut self, setting: Declaration<T>) -> Option<T> {
        self.declare(&setting, setting.values(), NOT_SET.to_owned());
        let value: Option<T> = self.parsed(setting.key);
        self.show(setting.key, value.as_ref().map_or_else(|| NOT_SET.to_owned(), T::show));
        value
    }

    /// A secret: shown as set or not set, never by its value.
    pub fn secret<T: SettingValue>(&mut self, setting: Declaration<T>) -> Option<T> {
        self.declare(&setting, setting.values(), NOT_SET.to_owned());
        let value = self.parsed(setting.key);
        self.show(setting.key, if value.is_some() { "***" } else { NOT_SET }.to_owned());
        value
    }

    /// A list: a TOML array, or text with commas between the items.
    pub fn list<T: SettingValue>(&mut self, setting: Declaration<T>, default: Vec<T>) -> Vec<T> {
        self.declare(&setting, format!("a list; each item is {}", setting.values()), shown(&default));
        let is_given = self.is_given(setting.key);
        let mut parsed = if is_given { Vec::new() } else { default };
        for item in self.items(setting.key) {
            match T::parse(&item) {
                Ok(value) => parsed.push(value),
                Err(error) => self.problem(setting.key, format!("{item:?}: {error}")),
            }
        }
        self.show(setting.key, shown(&parsed));
        parsed
    }

    /// A list of secrets: shown by their number, and named in problems by their position, counted from 1.
    pub fn secret_list<T: SettingValue>(&mut self, setting: Declaration<T>) -> Vec<T> {
        self.declare(&setting, format!("a list; each item is {}", setting.values()), "[]".to_owned());
        let mut parsed = Vec::new();
        for (position, item) in (1..).zip(self.items(setting.key)) {
            match T::parse(&item) {
                Ok(value) => parsed.push(value),
                Err(error) => self.problem(setting.key, format!("item {position}: {error}")),
            }
        }
        self.show(setting.key, format!("[{}]", vec!["***"; parsed.len()].join(", ")));
        parsed
    }

    fn declare<T>(&mut self, setting: &Declaration<T>, values: String, default: String) {
        let &Declaration { key, meaning, default_note, .. } = setting;
        let default = default_note.map_or_else(|| format!("`{default}`"), str::to_owned);
        if let Some(former) = setting.former {
            self.adopt(key, former);
        }
        if !matches!(self.entry, TableEntry::Named(_)) {
            self.reference.push(Entry { section: self.section, key, default, values, meaning });
        }
    }

    /// A setting that was renamed may still be given by its former key.
    fn adopt(&mut self, key: &'static str, former: &'static str) {
        self.known.insert(former.to_owned());
        if self.figment.find_value(former).is_err() {
            return;
        }
        if self.figment.find_value(key).is_ok() {
            self.problem(key, format!("is also given by its former name {former}; remove that"));
            return;
        }
        self.warn(format!("{former} is now called {key}; the former name still works"));
        self.given_by_former.insert(key, former);
    }

    /// The key by which a setting is given.
    fn given_key<'a>(&self, key: &'a str) -> &'a str {
        self.given_by_former.get(key).copied().unwrap_or(key)
    }

    fn items(&mut self, key: &str) -> Vec<String> {
        match self.raw(key) {
            None => Vec::new(),
            Some(Value::Array(_, values)) => values.iter().filter_map(text).collect(),
            Some(value) => split_commas(&text(&value).unwrap_or_default()),
        }
    }

    /// Notes a problem unless the rule holds.
    pub fn check(&mut self, key: &str, holds: bool, rule: &str) {
        if !holds {
            self.problem(key, rule);
        }
    }

    /// Whether the value of this key has a problem, so that no other setting can be compared with it.
    pub fn is_refused(&self, key: &str) -> bool {
        let key = self.actual(key);
        self.problems.iter().any(|problem| problem.key == key)
    }

    pub fn problem(&mut self, key: &str, message: impl Into<String>) {
        let key = self.actual(key);
        self.problems.push(SettingError { key, message: message.into() });
    }

    pub fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    /// Whether the key is given by the file or the environment.
    pub fn is_given(&mut self, key: &str) -> bool {
        self.raw(key).is_some()
    }

    /// The file in which the value of this key stands, if it stands in one.
    pub fn file_of(&self, key: &str) -> Option<PathBuf> {
        let metadata = self.figment.find_metadata(self.given_key(key))?;
        let of_source = metadata.source.as_ref().and_then(figment::Source::file_path);
        of_source.map(Path::to_path_buf).or_else(|| metadata.name.strip_prefix(OF_FILE).map(PathBuf::from))
    }

    pub(super) fn finish(mut self, mut config: Config) -> Result<Config, ConfigError> {
        self.refuse_unknown_keys();
        if !self.problems.is_empty() {
            return Err(ConfigError { problems: self.sorted_problems() });
        }
        config.warnings = self.warnings;
        config.settings = self.settings;
        Ok(config)
    }

    /// The problems in the order of the reference; those of unknown keys come last.
    fn sorted_problems(mut self) -> Vec<SettingError> {
        let last = self.reference.len();
        let position = |key: &str| self.reference.iter().position(|entry| entry.key == key).unwrap_or(last);
        self.problems.sort_by_cached_key(|problem| position(&problem.key));
        self.problems
    }

    /// The keys of all settings, once they were read.
    pub(super) fn into_keys(self) -> BTreeSet<String> {
        self.known
    }

    pub(super) fn into_reference(self) -> (Vec<Entry>, Vec<SettingError>) {
        (self.reference, [self.problems, self.template_problems].concat())
    }

    fn raw(&mut self, key: &str) -> Option<Value> {
        let key = self.actual(key);
        let value = self.figment.find_value(self.given_key(&key)).ok();
        self.known.insert(key);
        value
    }

    fn parsed<T: SettingValue>(&mut self, key: &str) -> Option<T> {
        let value = self.raw(key)?;
        let Some(text) = text(&value) else {
            self.problem(key, "must be a single value");
            return None;
        };
        T::parse(&text).map_err(|error| self.problem(key, error)).ok()
    }

    fn show(&mut self, key: &str, value: String) {
        if self.entry == TableEntry::Template {
            return;
        }
        let key = self.actual(key);
        let source = self.figment.find_metadata(self.given_key(&key)).map_or_else(
            || "default".to_owned(),
            |metadata| {
                metadata.source.as_ref().map_or_else(|| metadata.name.to_string(), ToString::to_string)
            },
        );
        self.settings.push(Setting { key, value, source });
    }

    /// The setting whose key is nearest, if no more than a quarter of its letters differ, or the only one of this name.
    fn similar(&self, key: &str) -> Option<&String> {
        let key = key.strip_suffix(".file").unwrap_or(key);
        let settings = || self.known.iter().filter(|known| !known.contains(ENTRY_NAME));
        let nearest = settings().map(|known| (strsim::damerau_levenshtein(known, key), known)).min();
        let nearest =
            nearest.filter(|(distance, known)| *distance <= known.len() / 4).map(|(_, known)| known);
        let name = key.rsplit('.').next();
        let mut namesakes = settings().filter(|known| known.rsplit('.').next() == name);
        let namesake = namesakes.next().filter(|_| namesakes.next().is_none());
        nearest.or(namesake)
    }

    fn refuse_unknown_keys(&mut self) {
        let given = self.figment.extract::<Dict>().unwrap_or_default();
        let mut keys = Vec::new();
        flatten("", &given, &mut keys);
        for key in keys.into_iter().filter(|key| !self.known.contains(key)) {
            let meant =
                self.similar(&key).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
            self.problems.push(SettingError { key, message: format!("is not a setting of Kindred{meant}") });
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.trim().to_owned()),
        Value::Char(_, character) => Some(character.to_string()),
        Value::Bool(_, truth) => Some(truth.to_string()),
        Value::Num(_, number) => number
            .to_u128()
            .map(|number| number.to_string())
            .or_else(|| number.to_i128().map(|number| number.to_string()))
            .or_else(|| number.to_f64().map(|number| number.to_string())),
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}

fn shown<T: SettingValue>(values: &[T]) -> String {
    format!("[{}]", values.iter().map(T::show).collect::<Vec<_>>().join(", "))
}

fn split_commas(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn flatten(prefix: &str, dict: &Dict, keys: &mut Vec<String>) {
    for (name, value) in dict {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Dict(_, child) => flatten(&key, child, keys),
            _ => keys.push(key),
        }
    }
}
