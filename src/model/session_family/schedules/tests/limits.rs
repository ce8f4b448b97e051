//! Known limits: schedules that the product's rules do not prevent. A change of the rules that prevents one of them
//! shows here, and then its setup belongs to the searches that find no fault.

use super::super::rules::Rules;
use super::super::setup::{Naming, Plan, Setup};
use super::super::state::{Cause, Fault, Faults};
use super::assert_found;
use super::honest::{BOTH, NOTHING, REFRESH, STEP_UP, jar, unnamed_and_slow};
use super::thieves::computed;

/// A swap that is lost on a remembered row is not known to be a race, since the row may have been old. Where a commit
/// takes longer than `refresh.race_window`, a client that names nothing is then logged out, without an alarm.
#[test]
fn what_is_remembered_hides_a_race() {
    let setup = Setup { name: "no keys, slow commits, remembered rows", warm: true, ..unnamed_and_slow() };
    assert_found(&setup, Rules::default(), Fault::Revoked(Cause::Unconfirmed));
}

/// The race window begins with the statement. Where its commit takes longer than the window, a request of a client that
/// names nothing is not taken for a race if it waits for the commit in the mailbox, or arrives right after it.
#[test]
fn a_slow_commit_uses_up_the_race_window() {
    let setup = Setup {
        name: "no keys, slow commits, slow network",
        prompt_network: false,
        prompt_answers: true,
        ..unnamed_and_slow()
    };
    assert_found(&setup, Rules::default(), Fault::Revoked(Cause::Unconfirmed));
    let setup = Setup { name: "no keys, slow commits, one node", sticky: false, ..unnamed_and_slow() };
    assert_found(&setup, Rules::default(), Fault::Revoked(Cause::Unconfirmed));
}

/// Three generations follow each other within seconds when a step-up comes between a tab's choice of a key and the
/// browser's choice of the cookie: a copy of the first request is then beyond the two generations of the race window.
#[test]
fn a_step_up_amid_the_requests_of_another_tab_with_cookies() {
    let setup =
        Setup { name: "cookies, step-up", plans: [BOTH, REFRESH], naming: Naming::StoredAndKept, ..jar() };
    assert_found(&setup, Rules::default(), Fault::Revoked(Cause::Reuse));
}

/// `Unchanged` ends with the race window after the rotation, but a retry sets the cookie at any later time. Another tab
/// that takes up the same key then sends the successor's cookie under it, and spends the successor without a key of its
/// own in the store; if the answer to that is lost, the next refresh is taken for reuse.
#[test]
fn a_late_retry_with_cookies_is_followed_by_a_rotation_under_its_key() {
    let setup = Setup {
        name: "cookies, a late retry",
        faults: Faults { losses: 1, waits: 2, ..Faults::default() },
        ..jar()
    };
    assert_found(&setup, Rules::default(), Fault::Revoked(Cause::Reuse));
}

/// Clients abort the requests that they no longer wait for, since the cookie of a late answer replaces a newer one.
#[test]
fn a_late_answer_sets_the_cookie_back() {
    let setup = Setup {
        name: "cookies of late answers",
        plans: [Plan { refreshes: 2, step_ups: 0 }, STEP_UP],
        naming: Naming::StoredAndKept,
        late_cookies: true,
        prompt_answers: false,
        faults: Faults { waits: 1, ..Faults::default() },
        ..jar()
    };
    assert_found(&setup, Rules::default(), Fault::Revoked(Cause::Reuse));
}

/// Within `refresh.derived_retry_window` a computed key does not tell the owner from a thief. The copy of a token that
/// was spent by a step-up therefore brings the tokens of the step-up.
#[test]
fn computed_keys_share_a_step_up_for_a_minute() {
    let setup = Setup { plans: [BOTH, NOTHING], ..computed() };
    assert_found(&setup, Rules::default(), Fault::Raised);
}
