//! `kindred migrate`

use macro_rules_attribute::apply;
use serde_json::Value;

use super::cli::{code, run, stderr, stdout};
use crate::support::backend::{Env, on_both_databases};
use crate::support::sql::sql;

#[apply(on_both_databases)]
async fn the_schema_goes_up_and_down(env: Env) {
    let env = Env::unmigrated(env.backend()).await;
    let setup = env.setup(&[("KINDRED_DATABASE__AUTO_MIGRATE", "false")]);
    let states = |words: &[&str]| -> Vec<bool> {
        let output = run(&setup, words);
        assert_eq!(code(&output), 0, "{words:?}: {}", stderr(&output));
        let listing: Value =
            serde_json::from_str(&stdout(&run(&setup, &["migrate", "status", "--json"]))).expect("JSON");
        let listing = listing.as_array().expect("a list");
        listing.iter().map(|state| state["applied"].as_bool().expect("a truth value")).collect()
    };
    let none = states(&["migrate", "status"]);
    assert!(none.len() >= 4 && none.iter().all(|applied| !applied), "{none:?}");
    let refused = run(&setup, &["serve"]);
    assert_eq!(code(&refused), 1);
    assert!(stderr(&refused).contains("kindred migrate up"), "{}", stderr(&refused));
    assert!(!stderr(&refused).contains("listening on"));

    assert!(states(&["migrate", "up"]).iter().all(|applied| *applied));
    assert!(states(&["migrate"]).iter().all(|applied| *applied), "twice is fine");
    let text = stdout(&run(&setup, &["migrate", "status"]));
    assert_eq!(text.lines().filter(|line| line.starts_with("applied  m2")).count(), none.len(), "{text}");
    let down = states(&["migrate", "down"]);
    assert_eq!(down.iter().filter(|applied| !**applied).count(), 1);
    assert_eq!(down.last(), Some(&false), "the last one first");
    let steps = none.len().to_string();
    assert!(states(&["migrate", "down", "--steps", &steps]).iter().all(|applied| !applied));
    assert!(states(&["migrate", "up"]).iter().all(|applied| *applied));
    assert_eq!(sql(&env, "SELECT count(*) FROM users"), "0");
}
