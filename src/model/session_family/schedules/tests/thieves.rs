//! A thief with a spent token is never served, and ends the family outside the race window, however they time it. A
//! token from before a step-up never brings the tokens from after it.

use super::super::setup::{Naming, Setup};
use super::super::state::Faults;
use super::assert_safe;
use super::honest::{BOTH, NOTHING, REFRESH};

#[test]
fn a_thief_without_the_owner_s_keys() {
    assert_safe(thief());
    assert_safe(Setup { name: "thief, random keys, no factor", thief_has_factor: false, ..thief() });
}

/// The owner refreshes and steps up; the thief copies one token and presents two.
pub fn thief() -> Setup {
    Setup {
        plans: [BOTH, NOTHING],
        retries: 0,
        waits: &[15],
        faults: Faults { thefts: 1, attacks: 2, waits: 1, ..Faults::default() },
        ..Setup::new("thief, random keys")
    }
}

#[test]
fn a_thief_while_commits_are_held() {
    assert_safe(Setup {
        name: "thief, slow commits",
        waits: &[12],
        patience: 30,
        holds_commits: true,
        faults: Faults { thefts: 1, attacks: 1, waits: 2, ..Faults::default() },
        ..thief()
    });
}

#[test]
fn a_thief_whose_victim_names_nothing() {
    assert_safe(Setup { name: "thief, no keys", naming: Naming::Nothing, ..thief() });
}

#[test]
fn a_thief_whose_victim_computes_its_keys() {
    assert_safe(computed());
}

pub fn computed() -> Setup {
    Setup {
        name: "thief, computed keys",
        plans: [REFRESH, NOTHING],
        naming: Naming::Derived,
        waits: &[15, 100],
        faults: Faults { thefts: 1, attacks: 2, waits: 2, ..Faults::default() },
        ..thief()
    }
}
