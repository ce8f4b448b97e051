//! The rules that Grafana's linter for dashboards has, restated: a choice of data source, job and instance, panels with
//! a title, a unit, a data source and a legend, and queries that parse.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::queries::complaints;
use super::rules;
use crate::architecture::source::assert_none;
use crate::support::repository;

const SOURCE: &str = "${datasource}";
const ANY: &[&str] = &["$job", "$instance", "topk", "exported_job"];

/// Name of the file and content of each dashboard.
pub fn dashboards() -> Vec<(String, Value)> {
    let folder = repository().join("grafana/dashboards");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("grafana/dashboards/") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a readable file");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        found.push((name, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))));
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert_eq!(found.len(), 5, "overview, sessions, logins, delivery, runtime");
    found
}

/// The panels with queries.
pub fn panels(dashboard: &Value) -> Vec<&Value> {
    let panels = dashboard["panels"].as_array().expect("panels");
    panels.iter().filter(|panel| panel["type"] != "row").collect()
}

/// The queries of a panel.
pub fn queries(panel: &Value) -> Vec<&str> {
    let targets = panel["targets"].as_array().expect("targets");
    targets.iter().map(|target| target["expr"].as_str().expect("a query")).collect()
}

#[test]
fn a_dashboard_can_be_imported_anywhere_and_linked_for_ever() {
    let mut found = Vec::new();
    for (name, dashboard) in dashboards() {
        if dashboard["uid"] != name {
            found.push(format!("{name}: its uid is not the name of the file"));
        }
        if dashboard["tags"] != serde_json::json!(["kindred"]) || dashboard.get("id").is_some() {
            found.push(format!("{name}: tags or id"));
        }
        let variables = dashboard["templating"]["list"].as_array().expect("variables");
        let names: Vec<&str> = variables.iter().filter_map(|variable| variable["name"].as_str()).collect();
        if names != ["datasource", "job", "instance"] {
            found.push(format!("{name}: variables {names:?}"));
        }
    }
    assert_none(found);
}

#[test]
fn each_panel_can_be_read_by_someone_who_has_just_woken_up() {
    let mut found = Vec::new();
    for (name, dashboard) in dashboards() {
        let mut titles = BTreeSet::new();
        for panel in panels(&dashboard) {
            let title = panel["title"].as_str().unwrap_or_default();
            let mut complain = |what: &str| found.push(format!("{name}: {title}: {what}"));
            if title.is_empty() || !titles.insert(title) {
                complain("its title is missing or used twice");
            }
            if panel["datasource"]["uid"] != SOURCE {
                complain("data source");
            }
            if panel["fieldConfig"]["defaults"]["unit"].as_str().is_none_or(str::is_empty) {
                complain("unit");
            }
            let targets = panel["targets"].as_array().expect("targets");
            if targets.iter().any(|target| target["legendFormat"].as_str().is_none_or(str::is_empty)) {
                complain("legend");
            }
            if targets.iter().any(|target| target["datasource"]["uid"] != SOURCE) {
                complain("data source of a query");
            }
        }
    }
    assert_none(found);
}

#[test]
fn no_panel_lies_over_another() {
    let mut found = Vec::new();
    for (name, dashboard) in dashboards() {
        let mut taken = BTreeSet::new();
        for panel in dashboard["panels"].as_array().expect("panels") {
            let side = |side: &str| panel["gridPos"][side].as_u64().expect("a number");
            for x in side("x")..side("x") + side("w") {
                for y in side("y")..side("y") + side("h") {
                    if x >= 24 || !taken.insert((x, y)) {
                        found.push(format!("{name}: {}", panel["title"]));
                    }
                }
            }
        }
    }
    found.dedup();
    assert_none(found);
}

#[test]
fn each_query_parses_and_asks_for_metrics_that_exist() {
    let recorded = rules::recorded();
    let mut found = Vec::new();
    for (name, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            for query in queries(panel) {
                found.extend(
                    complaints(query, &recorded)
                        .iter()
                        .map(|what| format!("{name}: {}: {what}", panel["title"])),
                );
                if !ANY.iter().any(|variable| query.contains(variable)) {
                    found.push(format!("{name}: {}: looks at all instances", panel["title"]));
                }
            }
        }
    }
    assert_none(found);
}

#[test]
fn each_link_to_a_runbook_leads_to_one() {
    let mut found = Vec::new();
    let mut linked = BTreeSet::new();
    for (name, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            for link in panel["links"].as_array().into_iter().flatten() {
                let url = link["url"].as_str().expect("a URL");
                let page = url.strip_prefix("https://kindred.dev/").unwrap_or("none");
                if repository().join(page).is_file() {
                    linked.insert(page.to_owned());
                } else {
                    found.push(format!("{name}: {url}"));
                }
            }
        }
    }
    assert_none(found);
    assert!(linked.len() >= 20, "{linked:?}");
}
