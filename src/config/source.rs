//! Where values come from: a TOML file and `KINDRED_` variables.

use std::path::Path;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile as FigmentProfile, Provider};

use super::error::{ConfigError, SettingError};

const DEFAULT_FILE: &str = "kindred.toml";
const PREFIX: &str = "KINDRED_";

pub(super) fn figment(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Figment, ConfigError> {
    let mut figment = Figment::new();
    if let Some(path) = file {
        if !path.is_file() {
            return Err(unreadable(format!("the file {} does not exist", path.display())));
        }
        figment = figment.merge(Toml::file_exact(path));
    } else if Path::new(DEFAULT_FILE).is_file() {
        figment = figment.merge(Toml::file_exact(DEFAULT_FILE));
    }
    let figment = figment.merge(Environment::from_variables(environment));
    // A syntax error of the file surfaces before the first key is read.
    figment.extract::<Dict>().map_err(|error| unreadable(without_source(&error.to_string())))?;
    Ok(figment)
}

/// The environment alone, without any file.
pub(super) fn of_environment(variables: impl IntoIterator<Item = (String, String)>) -> Figment {
    Figment::from(Environment::from_variables(variables))
}

/// The position and the mistake, but not the line itself: it may hold a secret that lacks its quotes.
fn without_source(message: &str) -> String {
    let said = message.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
    said.collect::<Vec<_>>().join(": ")
}

fn unreadable(message: impl ToString) -> ConfigError {
    ConfigError { problems: vec![SettingError { key: String::new(), message: message.to_string() }] }
}

/// `KINDRED_SECTION__KEY` variables, kept as text: a secret that looks like a number stays a secret.
struct Environment(Dict);

impl Environment {
    fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut root = Dict::new();
        for (name, value) in variables {
            if let Some(key) = name.strip_prefix(PREFIX) {
                let path: Vec<String> = key.to_ascii_lowercase().split("__").map(str::to_owned).collect();
                insert(&mut root, &path, Value::from(value));
            }
        }
        Self(root)
    }
}

fn insert(dict: &mut Dict, path: &[String], value: Value) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        dict.insert(first.clone(), value);
        return;
    }
    let child = dict.entry(first.clone()).or_insert_with(|| Value::from(Dict::new()));
    if !matches!(child, Value::Dict(..)) {
        *child = Value::from(Dict::new());
    }
    if let Value::Dict(_, child) = child {
        insert(child, rest, value);
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment")
    }

    fn data(&self) -> Result<Map<FigmentProfile, Dict>, figment::Error> {
        Ok(FigmentProfile::Default.collect(self.0.clone()))
    }
}
