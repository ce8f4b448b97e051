//! With one rule taken out the same search finds the fault that the rule prevents.

use std::time::Duration;

use super::super::rules::{Rules, StepUpRule};
use super::super::setup::{Naming, Setup};
use super::super::state::{Cause, Fault};
use super::assert_found;
use super::honest::{
    jar, late_copy, sleeper, two_tabs, unnamed, unnamed_and_lossy, unnamed_and_slow, waiting_copy,
};
use super::thieves::{computed, thief};
use crate::model::session_family::Tolerance;

const REUSE: Fault = Fault::Revoked(Cause::Reuse);
const UNCONFIRMED: Fault = Fault::Revoked(Cause::Unconfirmed);

/// The product's rules, but for this change of the windows.
fn with(change: impl FnOnce(&mut Tolerance)) -> Rules {
    let mut rules = Rules::default();
    change(&mut rules.tolerance);
    rules
}

#[test]
fn without_a_race_window_races_are_alarms() {
    let rules = with(|tolerance| tolerance.race_window = Duration::ZERO);
    assert_found(&late_copy(), rules, REUSE);
    assert_found(&unnamed(), rules, UNCONFIRMED);
}

#[test]
fn a_race_window_over_one_generation_makes_an_alarm_of_a_late_copy() {
    assert_found(&late_copy(), Rules { two_generations: false, ..Rules::default() }, REUSE);
}

#[test]
fn decisions_by_what_is_remembered_take_new_tokens_for_unknown_ones() {
    let rules = Rules { loads_before_deciding: false, ..Rules::default() };
    assert_found(&late_copy(), rules, Fault::Regressed);
}

#[test]
fn a_slow_commit_makes_a_race_look_like_a_lost_answer() {
    assert_found(&unnamed_and_slow(), Rules { heeds_overtaken: false, ..Rules::default() }, UNCONFIRMED);
}

#[test]
fn decisions_by_the_turn_make_thieves() {
    assert_found(&waiting_copy(), Rules { by_arrival: false, ..Rules::default() }, REUSE);
}

#[test]
fn without_unconfirmed_a_lost_answer_is_an_alarm() {
    assert_found(&unnamed_and_lossy(), Rules { has_unconfirmed: false, ..Rules::default() }, REUSE);
}

#[test]
fn the_nodes_own_clocks_revoke_families_at_random() {
    let rules = Rules { database_clock: false, ..Rules::default() };
    assert_found(&Setup { clock_offsets: [0, 300], ..unnamed() }, rules, UNCONFIRMED);
}

#[test]
fn a_short_retry_window_logs_out_clients_that_sleep() {
    let rules = with(|tolerance| tolerance.retry_window = Duration::from_secs(600));
    assert_found(&sleeper(), rules, Fault::Revoked(Cause::RetryExpired));
}

#[test]
fn without_unchanged_a_jar_s_retry_spends_the_successor() {
    assert_found(&jar(), Rules { has_unchanged: false, ..Rules::default() }, REUSE);
}

#[test]
fn a_step_up_that_replaces_whatever_is_current_serves_old_copies() {
    let rules = Rules { step_up: StepUpRule::ReplacesCurrent, ..Rules::default() };
    assert_found(&thief(), rules, Fault::ThiefServed);
}

#[test]
fn a_step_up_without_a_new_generation_raises_old_copies() {
    let rules = Rules { step_up: StepUpRule::RaisesCurrent, ..Rules::default() };
    assert_found(&Setup { thief_has_factor: false, ..thief() }, rules, Fault::Raised);
}

#[test]
fn computed_keys_with_the_whole_retry_window_serve_thieves() {
    let rules = with(|tolerance| tolerance.derived_retry_window = tolerance.retry_window);
    assert_found(&computed(), rules, Fault::ThiefServed);
}

#[test]
fn a_grace_serves_thieves() {
    let rules = with(|tolerance| tolerance.grace = Duration::from_secs(30));
    assert_found(&Setup { naming: Naming::Nothing, ..thief() }, rules, Fault::ThiefServed);
}

#[test]
fn without_compare_and_swap_families_fork() {
    let rules = Rules { compare_and_swap: false, ..Rules::default() };
    assert_found(&two_tabs(), rules, Fault::TwoSuccessors);
}

/// A race window for ever leaves thieves unseen.
#[test]
fn a_race_window_without_an_end_hides_thieves() {
    let rules = with(|tolerance| tolerance.race_window = Duration::from_secs(86_400));
    assert_found(&thief(), rules, Fault::Unnoticed);
}
