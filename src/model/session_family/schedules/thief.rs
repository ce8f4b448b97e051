//! A thief who copies a token, presents it when and where it suits them, and knows no random key of the owner's. They
//! may have a proof as well, such as a code that the owner was tricked into telling.

use super::node;
use super::search::Search;
use super::setup::Naming;
use super::state::{Fault, Key, Purpose, Request, Row, Seconds, Sender, State, Step};

/// The product's, in seconds: what is found must not depend on the rules that a test has changed.
const RACE_WINDOW: Seconds = 10;
const DERIVED_RETRY_WINDOW: Seconds = 60;

pub fn steps(search: &mut Search<'_>, state: &State) {
    let generation = state.store.generation;
    if state.left.thefts > 0 {
        search.step(state, Step::CopyToken { generation }, |_, state| {
            state.left.thefts -= 1;
            state.loot = Some(generation);
        });
    }
    let Some(generation) = state.loot else { return };
    if state.left.attacks == 0 {
        return;
    }
    let purposes: &[Purpose] = match search.setup.thief_has_proof {
        true => &[Purpose::Refresh, Purpose::StepUp],
        false => &[Purpose::Refresh],
    };
    for key in [None, Some(Key::Thief), Some(Key::Derived(generation))] {
        for purpose in purposes {
            let since = state.now;
            let purpose = *purpose;
            let request = Request { sender: Sender::Thief, purpose, generation, key, attempt: 0, since };
            for node in node::to_try(search, state, Sender::Thief) {
                search.step(state, Step::ThiefPresents { node, request }, |search, state| {
                    state.left.attacks -= 1;
                    node::receive(search, state, node, request);
                });
            }
        }
    }
}

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
    let may_be_own_proof = is_own && search.setup.thief_has_proof;
    if row.raised && !was_raised && !may_be_own_proof && request.purpose == Purpose::Refresh {
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
