//! The rules that Grafana's linter for dashboards has, restated: a choice of data source, job and instance, panels with
//! a title, a unit, a data source and a legend, and queries that parse.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::queries::{complaints, complaints_of_panel, known_metrics, metrics};
use super::rules;
use crate::architecture::source::assert_none;
use crate::support::repository;

const SOURCE: &str = "${datasource}";
const RUNBOOKS: &str = "https://kindred.dev/docs/runbooks/";

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
        // What someone changes in Grafana would be lost with the next version.
        if dashboard["editable"] != false || dashboard["refresh"].as_str().is_none_or(str::is_empty) {
            found.push(format!("{name}: it can be edited, or does not refresh"));
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
            if panel["description"].as_str().is_none_or(str::is_empty) {
                complain("it has no description");
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
                found.extend(
                    complaints_of_panel(query)
                        .iter()
                        .map(|what| format!("{name}: {}: {what}", panel["title"])),
                );
                // Single values may look back further than a curve, over an hour or a day.
                let windows = query.matches('[').count();
                if panel["type"] != "stat" && windows != query.matches("[$__rate_interval]").count() {
                    found.push(format!("{name}: {}: not the interval of its curve: {query}", panel["title"]));
                }
            }
        }
    }
    assert_none(found);
}

#[test]
fn each_metric_is_shown_somewhere() {
    let dashboards = dashboards();
    let shown: BTreeSet<String> = dashboards
        .iter()
        .flat_map(|(_, dashboard)| panels(dashboard))
        .flat_map(queries)
        .flat_map(metrics)
        .collect();
    let is_ours = |name: &String| name.starts_with("auth_");
    assert_none(known_metrics().into_iter().filter(|name| is_ours(name) && !shown.contains(name)).collect());
}

/// The runbooks that a panel links to, by the name of their alert.
fn runbooks(panel: &Value) -> Vec<&str> {
    let links = panel["links"].as_array().into_iter().flatten();
    let pages = links.map(|link| link["url"].as_str().expect("a URL"));
    pages.map(|page| page.strip_prefix(RUNBOOKS).unwrap_or(page).trim_end_matches(".md")).collect()
}

#[test]
fn each_link_to_a_runbook_leads_to_one() {
    let alerts: BTreeSet<String> = rules::alerts().into_iter().map(|alert| alert.name).collect();
    let mut found = Vec::new();
    for (name, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            let unknown = runbooks(panel).into_iter().filter(|alert| !alerts.contains(*alert));
            found.extend(unknown.map(|alert| format!("{name}: {}: {alert}", panel["title"])));
        }
    }
    assert_none(found);
}

#[test]
fn each_alert_leads_to_a_panel_that_leads_to_its_runbook() {
    let dashboards = dashboards();
    let mut found = Vec::new();
    for alert in rules::alerts() {
        let place = alert.annotation("dashboard").trim_start_matches("/d/");
        let (uid, id) = place.split_once("?viewPanel=").unwrap_or((place, ""));
        let dashboard = dashboards.iter().find(|(name, _)| name == uid);
        let panel = dashboard.and_then(|(_, dashboard)| {
            panels(dashboard)
                .into_iter()
                .find(|panel| panel["id"].as_u64().is_some_and(|it| it.to_string() == id))
        });
        let leads_on = panel.is_some_and(|panel| runbooks(panel).contains(&alert.name.as_str()));
        // Where nothing is measured there is nothing to show.
        if !leads_on && alert.name != "MetricsAbsent" {
            found.push(format!("{}: {place}", alert.name));
        }
    }
    assert_none(found);
}

#[test]
fn a_single_value_with_an_alert_changes_its_color() {
    let mut found = Vec::new();
    for (name, dashboard) in dashboards() {
        for panel in panels(&dashboard).into_iter().filter(|panel| panel["type"] == "stat") {
            let steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"].as_array().expect("steps");
            if !runbooks(panel).is_empty() && steps.len() < 2 {
                found.push(format!("{name}: {}", panel["title"]));
            }
        }
    }
    assert_none(found);
}
