//! `SCHEDULE_EXTRA=1` (or 2, …) allows that much more of each kind of trouble.

mod honest;
mod limits;
mod mutations;
mod thieves;

use super::explore::{Report, explore};
use super::rules::Rules;
use super::setup::Setup;
use super::state::Fault;

/// How much more trouble the environment asks for.
fn extra() -> u8 {
    let text = std::env::var("SCHEDULE_EXTRA");
    text.map_or(0, |text| text.parse().expect("SCHEDULE_EXTRA is a small number"))
}

/// Explores all schedules by the product's rules: none leads to a fault.
fn assert_safe(setup: Setup) -> Report {
    let setup = setup.enlarged(extra());
    let report = explore(&setup, Rules::default(), None);
    report.print(&setup);
    assert!(report.faults.is_empty(), "{}: the faults are printed above", setup.name);
    report
}

/// The search finds this fault.
fn assert_found(setup: &Setup, rules: Rules, fault: Fault) {
    let report = explore(setup, rules, Some(fault));
    report.print(setup);
    let found: Vec<_> = report.faults.keys().collect();
    assert!(report.faults.contains_key(&fault), "{}: {found:?} instead of {fault:?}", setup.name);
}
