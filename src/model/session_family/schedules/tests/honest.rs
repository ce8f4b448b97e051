//! Without a thief no schedule revokes the family of a client that names its attempts.

use super::super::setup::{Naming, Plan, Setup, Transport};
use super::super::state::{Cause, Faults};
use super::assert_safe;
use crate::model::session_family::Decision;

pub const REFRESH: Plan = Plan { refreshes: 1, step_ups: 0 };
pub const STEP_UP: Plan = Plan { refreshes: 0, step_ups: 1 };
pub const BOTH: Plan = Plan { refreshes: 1, step_ups: 1 };
pub const NOTHING: Plan = Plan { refreshes: 0, step_ups: 0 };

#[test]
fn one_tab_that_refreshes_twice() {
    let report = assert_safe(Setup {
        plans: [Plan { refreshes: 2, step_ups: 0 }, NOTHING],
        retries: 2,
        waits: &[15, 600],
        faults: Faults { losses: 2, copies: 1, crashes: 1, waits: 1, ..Faults::default() },
        ..Setup::new("one tab, two refreshes")
    });
    assert!(report.reached.contains(&Decision::Retry));
}

#[test]
fn one_tab_that_is_killed() {
    assert_safe(Setup {
        plans: [Plan { refreshes: 2, step_ups: 0 }, NOTHING],
        waits: &[15, 600],
        faults: Faults { losses: 1, copies: 1, kills: 1, waits: 1, ..Faults::default() },
        ..Setup::new("one tab, killed")
    });
}

#[test]
fn a_client_that_sleeps_after_a_lost_answer() {
    assert_safe(sleeper());
}

pub fn sleeper() -> Setup {
    Setup {
        waits: &[700, 86_400],
        faults: Faults { losses: 1, crashes: 1, waits: 2, ..Faults::default() },
        ..Setup::new("a client that sleeps")
    }
}

#[test]
fn a_late_copy_after_a_refresh_and_a_step_up() {
    let report = assert_safe(late_copy());
    assert!(report.reached.contains(&Decision::InFlight));
}

pub fn late_copy() -> Setup {
    Setup {
        plans: [BOTH, NOTHING],
        waits: &[5],
        warm: true,
        faults: Faults { copies: 1, waits: 1, ..Faults::default() },
        ..Setup::new("one tab, step-up, late copies")
    }
}

#[test]
fn a_late_copy_that_waits_behind_a_slow_commit() {
    assert_safe(waiting_copy());
}

/// The copy arrives in time, and has its turn when the race window is over.
pub fn waiting_copy() -> Setup {
    Setup {
        name: "one tab, step-up, late copies, slow commits",
        waits: &[12],
        patience: 30,
        holds_commits: true,
        ..late_copy()
    }
}

#[test]
fn two_tabs_of_which_one_steps_up() {
    assert_safe(two_tabs());
}

pub fn two_tabs() -> Setup {
    Setup {
        plans: [REFRESH, STEP_UP],
        faults: Faults { losses: 1, copies: 1, waits: 1, ..Faults::default() },
        ..Setup::new("two tabs, step-up, copies")
    }
}

#[test]
fn two_tabs_a_crash_and_a_killed_tab() {
    assert_safe(Setup {
        plans: [REFRESH, STEP_UP],
        holds_commits: true,
        faults: Faults { crashes: 1, waits: 1, ..Faults::default() },
        ..Setup::new("two tabs, step-up, crash")
    });
    assert_safe(Setup {
        plans: [REFRESH, STEP_UP],
        faults: Faults { kills: 1, waits: 1, ..Faults::default() },
        ..Setup::new("two tabs, step-up, kill")
    });
}

#[test]
fn named_attempts_and_commits_that_are_held_longer_than_the_race_window() {
    assert_safe(Setup {
        plans: [REFRESH, STEP_UP],
        waits: &[12],
        patience: 30,
        holds_commits: true,
        warm: true,
        faults: Faults { losses: 1, waits: 1, ..Faults::default() },
        ..Setup::new("two tabs, step-up, slow commits")
    });
}

#[test]
fn tabs_that_name_nothing_and_lose_nothing() {
    assert_safe(unnamed());
    assert_safe(Setup { name: "two tabs, no keys, other clocks", clock_offsets: [0, 300], ..unnamed() });
    assert_safe(unnamed_and_slow());
}

pub fn unnamed() -> Setup {
    Setup {
        plans: [REFRESH, REFRESH],
        naming: Naming::Nothing,
        waits: &[1],
        retries: 0,
        faults: Faults { waits: 1, ..Faults::default() },
        ..Setup::new("two tabs, no keys")
    }
}

/// Commits take longer than the race window; for what else must hold then see the known limits.
pub fn unnamed_and_slow() -> Setup {
    Setup {
        name: "two tabs, no keys, slow commits",
        waits: &[12],
        patience: 30,
        holds_commits: true,
        prompt_network: true,
        sticky: true,
        ..unnamed()
    }
}

#[test]
fn without_names_and_with_computed_ones_a_lost_answer_is_no_alarm() {
    assert_safe(unnamed_and_lossy());
    assert_safe(Setup {
        name: "computed keys, losses",
        naming: Naming::Derived,
        accepted: &[Cause::RetryExpired],
        ..unnamed_and_lossy()
    });
}

pub fn unnamed_and_lossy() -> Setup {
    Setup {
        name: "no keys, losses",
        waits: &[15, 100],
        retries: 1,
        faults: Faults { losses: 1, waits: 1, ..Faults::default() },
        accepted: &[Cause::Unconfirmed],
        ..unnamed()
    }
}

#[test]
fn cookies() {
    let report = assert_safe(jar());
    assert!(report.reached.contains(&Decision::Unchanged));
}

pub fn jar() -> Setup {
    Setup {
        plans: [Plan { refreshes: 2, step_ups: 0 }, REFRESH],
        transport: Transport::Jar,
        waits: &[600],
        prompt_answers: true,
        faults: Faults { losses: 1, waits: 1, ..Faults::default() },
        ..Setup::new("cookies, two tabs")
    }
}
