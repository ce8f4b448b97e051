//! Where values come from: a TOML file and `KINDRED_` variables.

use std::collections::BTreeSet;
use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Toml};
use figment::value::Dict;

use super::error::{ConfigError, SettingError};
use super::variables::Variables;

const DEFAULT_FILE: &str = "kindred.toml";

/// What was read, and what is to be told about it.
#[derive(Default)]
pub(super) struct Source {
    pub figment: Figment,
    pub problems: Vec<SettingError>,
    pub warnings: Vec<String>,
}

pub(super) fn read(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    known: &BTreeSet<String>,
) -> Result<Source, ConfigError> {
    let mut figment = Figment::new();
    if let Some(path) = file {
        if !path.is_file() {
            return Err(unreadable(format!("the file {} does not exist", path.display())));
        }
        figment = figment.merge(Toml::file_exact(path));
    } else if Path::new(DEFAULT_FILE).is_file() {
        figment = figment.merge(Toml::file_exact(DEFAULT_FILE));
    }
    let variables = Variables::sort(environment, known);
    for origin in variables.origins {
        figment = figment.merge(origin);
    }
    // A syntax error of the file surfaces before the first key is read.
    figment.extract::<Dict>().map_err(|error| unreadable(without_source(&error.to_string())))?;
    Ok(Source { figment, problems: variables.problems, warnings: variables.warnings })
}

/// The environment alone, without any file.
pub(super) fn of_environment(
    environment: impl IntoIterator<Item = (String, String)>,
    known: &BTreeSet<String>,
) -> Source {
    let Variables { origins, problems, warnings } = Variables::sort(environment, known);
    let figment = origins.into_iter().fold(Figment::new(), Figment::merge);
    Source { figment, problems, warnings }
}

/// The position and the mistake, but not the line itself: it may hold a secret that lacks its quotes.
fn without_source(message: &str) -> String {
    let said = message.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
    said.collect::<Vec<_>>().join(": ")
}

fn unreadable(message: impl ToString) -> ConfigError {
    ConfigError { problems: vec![SettingError { key: String::new(), message: message.to_string() }] }
}
