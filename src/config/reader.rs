//! Reads one key at a time, remembers what was asked for and gathers what was wrong.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use figment::Figment;
use figment::value::{Dict, Value};

use super::Config;
use super::error::{ConfigError, SettingError};
use super::span::Span;

/// One effective setting, as `kindred config print` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub value: String,
    /// `default`, `environment` or the file's name.
    pub source: String,
}

/// See the module's description.
pub struct Reader {
    figment: Figment,
    known: BTreeSet<String>,
    problems: Vec<SettingError>,
    warnings: Vec<String>,
    settings: Vec<Setting>,
}

impl Reader {
    pub(super) const fn new(figment: Figment) -> Self {
        Self {
            figment,
            known: BTreeSet::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// A value with a default.
    pub fn value<T: FromStr<Err: Display> + Display>(&mut self, key: &str, default: T) -> T {
        let given = self.parsed(key);
        let value = given.unwrap_or(default);
        self.show(key, value.to_string());
        value
    }

    /// A value that may be absent.
    pub fn optional<T: FromStr<Err: Display> + Display>(&mut self, key: &str) -> Option<T> {
        let value: Option<T> = self.parsed(key);
        self.show(key, value.as_ref().map_or_else(|| "(not set)".to_owned(), T::to_string));
        value
    }

    /// A secret: shown as set or not set, never by its value.
    pub fn secret<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let value = self.parsed(key);
        self.show(key, if value.is_some() { "***" } else { "(not set)" }.to_owned());
        value
    }

    /// A duration such as `"10m"`, `"30d"` or `"0s"`.
    pub fn duration(&mut self, key: &str, default: Duration) -> Duration {
        self.value(key, Span(default)).0
    }

    /// A list: a TOML array, or text with commas between the items.
    pub fn list<T: FromStr<Err: Display> + Display>(&mut self, key: &str) -> Vec<T> {
        self.list_or(key, Vec::new())
    }

    /// A list with a default.
    pub fn list_or<T: FromStr<Err: Display> + Display>(&mut self, key: &str, default: Vec<T>) -> Vec<T> {
        let is_given = self.is_given(key);
        let mut parsed = if is_given { Vec::new() } else { default };
        for item in self.items(key) {
            match item.parse::<T>() {
                Ok(value) => parsed.push(value),
                Err(error) => self.problem(key, format!("{item:?}: {error}")),
            }
        }
        let shown: Vec<String> = parsed.iter().map(T::to_string).collect();
        self.show(key, format!("[{}]", shown.join(", ")));
        parsed
    }

    /// A list of secrets: shown by their number, and named in problems by their place (from 1).
    pub fn secret_list<T: FromStr<Err: Display>>(&mut self, key: &str) -> Vec<T> {
        let mut parsed = Vec::new();
        for (place, item) in (1..).zip(self.items(key)) {
            match item.parse::<T>() {
                Ok(value) => parsed.push(value),
                Err(error) => self.problem(key, format!("item {place}: {error}")),
            }
        }
        self.show(key, format!("[{}]", vec!["***"; parsed.len()].join(", ")));
        parsed
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

    pub fn problem(&mut self, key: &str, message: impl Into<String>) {
        self.problems.push(SettingError { key: key.to_owned(), message: message.into() });
    }

    pub fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    /// Whether the key is given by the file or the environment.
    pub fn is_given(&mut self, key: &str) -> bool {
        self.raw(key).is_some()
    }

    pub(super) fn finish(mut self, mut config: Config) -> Result<Config, ConfigError> {
        self.refuse_unknown_keys();
        if !self.problems.is_empty() {
            return Err(ConfigError { problems: self.problems });
        }
        config.warnings = self.warnings;
        config.settings = self.settings;
        Ok(config)
    }

    fn raw(&mut self, key: &str) -> Option<Value> {
        self.known.insert(key.to_owned());
        self.figment.find_value(key).ok()
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let value = self.raw(key)?;
        let Some(text) = text(&value) else {
            self.problem(key, "must be a single value");
            return None;
        };
        match text.parse() {
            Ok(value) => Some(value),
            // The value itself is not repeated: it may be a secret in the wrong place.
            Err(error) => {
                self.problem(key, error.to_string());
                None
            }
        }
    }

    fn show(&mut self, key: &str, value: String) {
        let source = self.figment.find_metadata(key).map_or_else(
            || "default".to_owned(),
            |metadata| {
                metadata.source.as_ref().map_or_else(|| metadata.name.to_string(), ToString::to_string)
            },
        );
        self.settings.push(Setting { key: key.to_owned(), value, source });
    }

    fn refuse_unknown_keys(&mut self) {
        let given = self.figment.extract::<Dict>().unwrap_or_default();
        let mut keys = Vec::new();
        flatten("", &given, &mut keys);
        for key in keys.into_iter().filter(|key| !self.known.contains(key)) {
            self.problems.push(SettingError { key, message: "is not a setting of Kindred".to_owned() });
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
