//! Each alert tells what it means and where to read on, has been seen firing and silent, and asks for metrics that exist.
//! `promtool` runs the unit tests themselves.

use std::collections::BTreeSet;
use std::fs;

use super::queries::complaints;
use super::rules;
use crate::architecture::source::assert_none;
use crate::support::repository;

const SEVERITIES: &[&str] = &["critical", "warning"];
const RUNBOOKS: &str = "https://kindred.dev/docs/runbooks/";

#[test]
fn each_alert_says_what_it_means_and_where_to_look() {
    let mut found = Vec::new();
    for alert in rules::alerts() {
        let mut complain = |what: &str| found.push(format!("{}: {}: {what}", alert.file, alert.name));
        if !SEVERITIES.contains(&alert.severity()) {
            complain("no severity");
        }
        for annotation in ["summary", "description"] {
            if alert.annotation(annotation).len() < 20 {
                complain(annotation);
            }
        }
        if alert.annotation("runbook_url") != format!("{RUNBOOKS}{}.md", alert.name) {
            complain("runbook_url");
        }
    }
    assert_none(found);
}

#[test]
fn each_alert_has_a_runbook_and_each_runbook_an_alert() {
    let alerts: BTreeSet<String> = rules::alerts().into_iter().map(|alert| alert.name).collect();
    let pages = fs::read_dir(repository().join("docs/runbooks")).expect("docs/runbooks/");
    let pages = pages.map(|page| page.expect("an entry").file_name().to_string_lossy().replace(".md", ""));
    let pages: BTreeSet<String> = pages.filter(|page| page != "index").collect();
    assert_eq!(alerts, pages);
}

#[test]
fn each_runbook_has_all_its_parts() {
    let parts = ["First look", "Likely causes", "What to do", "Escalation", "How this was tested"];
    let mut found = Vec::new();
    for alert in rules::alerts() {
        let page = repository().join(format!("docs/runbooks/{}.md", alert.name));
        let text = fs::read_to_string(page).expect("a runbook");
        let missing = parts.iter().filter(|part| !text.contains(&format!("\n## {part}\n")));
        found.extend(missing.map(|part| format!("{}: no part `{part}`", alert.name)));
        let queries = text.split("```promql\n").nth(1).and_then(|rest| rest.split("```").next());
        for query in queries.unwrap_or_default().lines() {
            found.extend(
                complaints(query, &rules::recorded()).iter().map(|what| format!("{}: {what}", alert.name)),
            );
        }
    }
    assert_none(found);
}

/// The parts of a text between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// What is wrong with a statement about tests: a file that does not exist, or a test that is in none of the files.
fn untrue(statement: &str) -> Vec<String> {
    let (files, names): (Vec<&str>, Vec<&str>) =
        quoted(statement).into_iter().partition(|word| word.contains('/'));
    let mut found = Vec::new();
    let mut contents = String::new();
    for file in files {
        match fs::read_to_string(repository().join(file)) {
            Ok(text) => contents.push_str(&text),
            Err(error) => found.push(format!("{file}: {error}")),
        }
    }
    let is_missing = |name: &&str| !contents.contains(&format!("fn {name}("));
    found.extend(names.into_iter().filter(is_missing).map(|name| format!("no test {name} in the files")));
    found
}

#[test]
fn what_the_runbooks_say_of_tests_is_true() {
    let mut found = Vec::new();
    for alert in rules::alerts() {
        let page = repository().join(format!("docs/runbooks/{}.md", alert.name));
        let text = fs::read_to_string(page).expect("a runbook");
        let statement = text.split("\n## How this was tested\n").nth(1).expect("the last part");
        let tests = alert.file.replace(".rules.yml", ".test.yml");
        if !statement.contains(&format!("`alerts/{tests}`")) {
            found.push(format!("{}: its unit tests are in {tests}", alert.name));
        }
        found.extend(untrue(statement).into_iter().map(|what| format!("{}: {what}", alert.name)));
    }
    assert_none(found);
}

#[test]
fn untrue_statements_are_found() {
    let here = "tests/it/operations/alerts.rs";
    assert!(untrue(&format!("See `untrue_statements_are_found` (`{here}`).")).is_empty());
    assert_eq!(untrue(&format!("See `never_written` (`{here}`).")), ["no test never_written in the files"]);
    assert_eq!(untrue("See `tests/it/nowhere.rs`.").len(), 1);
}

#[test]
fn each_alert_has_a_case_that_fires_and_one_that_does_not() {
    let cases = rules::cases();
    let names: BTreeSet<String> = rules::alerts().into_iter().map(|alert| alert.name).collect();
    let has =
        |name: &String, fires: bool| cases.iter().any(|case| case.alert == *name && case.fires == fires);
    let lacking = names.iter().filter(|name| !has(name, true) || !has(name, false));
    assert_none(lacking.cloned().collect());
    assert_none(cases.into_iter().map(|case| case.alert).filter(|name| !names.contains(name)).collect());
}

#[test]
fn each_rule_asks_for_metrics_that_exist() {
    let recorded = rules::recorded();
    let alerts = rules::alerts().into_iter().map(|alert| (alert.name, alert.expression));
    let found = alerts.chain(rules::recordings()).flat_map(|(name, expression)| {
        let found = complaints(&expression, &recorded);
        found.into_iter().map(move |what| format!("{name}: {what}"))
    });
    assert_none(found.collect());
}
