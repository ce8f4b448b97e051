//! The variables of the environment: `KINDRED_SECTION__KEY` has a value, `KINDRED_SECTION__KEY__FILE` the path of a file
//! with the value.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::declaration::ENTRY_NAME;
use super::error::SettingError;

const PREFIX: &str = "KINDRED_";
/// How the name of an origin that is a file begins.
pub(super) const OF_FILE: &str = "file ";
const FILE_SUFFIX: &str = ".file";
/// The largest value that is read from a file, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The variables, by where their values come from.
#[derive(Default)]
pub(super) struct Variables {
    pub origins: Vec<Origin>,
    pub problems: Vec<SettingError>,
    pub warnings: Vec<String>,
}

/// Values of one source, kept as text: a secret that looks like a number stays a secret.
pub(super) struct Origin {
    name: String,
    values: Dict,
}

impl Variables {
    pub fn sort(environment: impl IntoIterator<Item = (String, String)>, known: &BTreeSet<String>) -> Self {
        let mut sorted = Self::default();
        let mut plain = Dict::new();
        let (mut given, mut files) = (BTreeSet::new(), Vec::new());
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let key = rest.to_ascii_lowercase().replace("__", ".");
            if !key.contains('.') && !known.contains(&key) {
                sorted.pass_over(&name, &key, known);
            } else if let Some(setting) =
                key.strip_suffix(FILE_SUFFIX).filter(|setting| is_setting(known, setting))
            {
                files.push((setting.to_owned(), value));
            } else {
                insert(&mut plain, &key, &value);
                given.insert(key);
            }
        }
        sorted.origins.push(Origin { name: "environment".to_owned(), values: plain });
        for (key, path) in files {
            sorted.add_file(key, &path, &given);
        }
        sorted
    }

    /// A name without `__` is that of no setting in a section. Others write such names into our namespace: Kubernetes
    /// does so for each service that is called `kindred` or `kindred-…` (`KINDRED_PORT`).
    fn pass_over(&mut self, name: &str, key: &str, known: &BTreeSet<String>) {
        if let Some(meant) = known.iter().find(|setting| setting.replace('.', "_") == key) {
            let variable = meant.to_uppercase().replace('.', "__");
            self.warnings
                .push(format!("{name} is not a setting and has no effect; did you mean {PREFIX}{variable}?"));
        }
    }

    fn add_file(&mut self, key: String, path: &str, given: &BTreeSet<String>) {
        if given.contains(&key) {
            let message =
                "is given both as a value and as a file (…__FILE); remove one of the two".to_owned();
            self.problems.push(SettingError { key, message });
            return;
        }
        match read(path) {
            Ok(text) => {
                let mut values = Dict::new();
                insert(&mut values, &key, &text);
                self.origins.push(Origin { name: format!("{OF_FILE}{path}"), values });
            }
            Err(error) => {
                let message = format!("cannot read the file {path:?}: {error}");
                self.problems.push(SettingError { key, message });
            }
        }
    }
}

/// Whether a setting has this key; in a table it is the key of an entry.
fn is_setting(known: &BTreeSet<String>, key: &str) -> bool {
    let is_entry_of = |template: &String| {
        let (template, key): (Vec<&str>, Vec<&str>) =
            (template.split('.').collect(), key.split('.').collect());
        template.len() == key.len()
            && template.iter().zip(&key).all(|(one, other)| *one == ENTRY_NAME || one == other)
    };
    known.contains(key) || known.iter().filter(|template| template.contains(ENTRY_NAME)).any(is_entry_of)
}

/// The content without the end of its last line, which editors and `echo` add.
fn read(path: &str) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it is larger than {LARGEST} bytes")));
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

fn insert(dict: &mut Dict, key: &str, value: &str) {
    let Some((first, rest)) = key.split_once('.') else {
        dict.insert(key.to_owned(), Value::from(value));
        return;
    };
    let child = dict.entry(first.to_owned()).or_insert_with(|| Value::from(Dict::new()));
    if !matches!(child, Value::Dict(..)) {
        *child = Value::from(Dict::new());
    }
    if let Value::Dict(_, child) = child {
        insert(child, rest, value);
    }
}

impl Provider for Origin {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}
