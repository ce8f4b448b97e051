//! What a theft comes to: what the thief is given, and what goes unnoticed.

use super::search::Search;
use super::setup::Naming;
use super::state::{Fault, Purpose, Request, Row, Seconds, State};

/// The product's, in seconds: what is found must not depend on the rules that a test has changed.
const RACE_WINDOW: Seconds = 10;
const DERIVED_RETRY_WINDOW: Seconds = 60;

/// The thief is answered with the tokens of this row's generation.
pub fn take(search: &Search<'_>, state: &mut State, request: &Request, row: &Row) {
    let spent = state.issue(request.generation + 1).map(|issue| issue.committed);
    let was_spent = spent.is_some_and(|spent| spent < request.since);
    let is_next = row.generation == request.generation + 1;
    let is_own = is_next && state.issue(row.generation).is_some_and(|issue| issue.is_thief_s);
    if was_spent && !is_own && !is_derived_retry(search, request, row) {
        state.accuse(Fault::ThiefServed);
    }
    let was_raised = state.issue(request.generation).is_some_and(|issue| issue.raised);
    let may_be_own_factor = is_own && search.setup.thief_has_factor;
    if row.raised && !was_raised && !may_be_own_factor && request.purpose == Purpose::Refresh {
        state.accuse(Fault::Raised);
    }
    state.loot = Some(row.generation);
}

/// A client that computes its keys accepts that who has the token is served for a minute.
fn is_derived_retry(search: &Search<'_>, request: &Request, row: &Row) -> bool {
    search.setup.naming == Naming::Derived
        && request.key == row.key
        && request.since - row.rotated_at <= DERIVED_RETRY_WINDOW
}

/// Nothing happens to this request, although its token is spent.
pub fn check_unnoticed(search: &Search<'_>, state: &mut State, request: &Request, row: &Row) {
    let is_spent = request.generation < row.generation;
    if search.setup.has_thief() && is_spent && request.since > row.rotated_at + RACE_WINDOW {
        state.accuse(Fault::Unnoticed);
    }
}
