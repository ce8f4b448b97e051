//! The files in `alerts/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use yaml_rust2::{Yaml, YamlLoader};

use crate::support::repository;

/// An alert rule.
pub struct Alert {
    pub file: String,
    pub name: String,
    pub expression: String,
    yaml: Yaml,
}

impl Alert {
    pub fn annotation(&self, name: &str) -> &str {
        self.yaml["annotations"][name].as_str().unwrap_or_default()
    }

    pub fn severity(&self) -> &str {
        self.yaml["labels"]["severity"].as_str().unwrap_or_default()
    }
}

/// A case of a unit test: the alert, and whether it is expected to fire.
pub struct Case {
    pub alert: String,
    pub fires: bool,
}

/// The files whose names end so, in order.
pub fn files(end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join("alerts")).expect("alerts/");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(end));
    paths.sort();
    assert!(!paths.is_empty(), "no {end} in alerts/");
    paths
}

fn read(path: &PathBuf) -> Yaml {
    let text = fs::read_to_string(path).expect("a readable file");
    let documents = YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    documents.into_iter().next().expect("a document")
}

fn rules() -> Vec<(String, Yaml)> {
    let of_file = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let groups = read(&path)["groups"].as_vec().cloned().expect("groups");
        let rules = groups.into_iter().flat_map(|group| group["rules"].as_vec().cloned().expect("rules"));
        rules.map(|rule| (name.clone(), rule)).collect::<Vec<_>>()
    };
    files(".rules.yml").into_iter().flat_map(of_file).collect()
}

pub fn alerts() -> Vec<Alert> {
    let alert = |(file, yaml): (String, Yaml)| {
        let name = yaml["alert"].as_str()?.to_owned();
        let expression = yaml["expr"].as_str().expect("an expression").to_owned();
        Some(Alert { file, name, expression, yaml })
    };
    rules().into_iter().filter_map(alert).collect()
}

/// Names and expressions of the recording rules.
pub fn recordings() -> Vec<(String, String)> {
    let text = |yaml: &Yaml| yaml.as_str().map(str::to_owned);
    rules().iter().filter_map(|(_, rule)| Some((text(&rule["record"])?, text(&rule["expr"])?))).collect()
}

pub fn recorded() -> BTreeSet<String> {
    recordings().into_iter().map(|(name, _)| name).collect()
}

/// The cases of all unit tests.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for path in files(".test.yml") {
        for test in read(&path)["tests"].as_vec().expect("tests") {
            for case in test["promql_expr_test"].as_vec().expect("expressions") {
                let expression = case["expr"].as_str().expect("an expression");
                // The others look at recorded values.
                if !expression.starts_with("ALERTS{") {
                    continue;
                }
                let alert = expression.split('"').nth(1).expect("the name of an alert").to_owned();
                let fires = !case["exp_samples"].as_vec().expect("samples").is_empty();
                cases.push(Case { alert, fires });
            }
        }
    }
    cases
}
