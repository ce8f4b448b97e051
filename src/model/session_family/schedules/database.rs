//! The database: a rotation is a statement that compares, swaps and takes the row's lock, and then its commit.

use super::node;
use super::rules::StepUpRule;
use super::search::Search;
use super::state::{Fault, Held, Issue, Message, Purpose, Row, Sender, State, Step};

pub fn steps(search: &mut Search<'_>, state: &State) {
    for (index, message) in state.messages.iter().enumerate() {
        let Message::Held(held) = *message else { continue };
        if held.stamped.is_none() {
            if !is_locked(state) {
                search.step(state, Step::Statement(held), |search, state| {
                    state.messages.remove(index);
                    statement(search, state, held);
                });
            }
            continue;
        }
        search.step(state, Step::Commit(held), |search, state| {
            state.messages.remove(index);
            commit(search, state, &held);
        });
        if held.node.is_none() {
            search.step(state, Step::RollBack(held), |_, state| {
                state.messages.remove(index);
            });
        }
    }
}

/// A statement waits for the row's lock, which the one before it keeps until its commit.
fn is_locked(state: &State) -> bool {
    state.messages.iter().any(|message| matches!(message, Message::Held(Held { stamped: Some(_), .. })))
}

fn statement(search: &Search<'_>, state: &mut State, held: Held) {
    let Held { node: Some(at), request, basis, fresh, overtaken, .. } = held else { return };
    let rules = &search.judge.rules;
    let is_current = state.row.generation == basis && state.row.revoked.is_none();
    if rules.compare_and_swap && !is_current {
        state.memory[at] = None;
        return node::handle(search, state, at, request, overtaken || fresh);
    }
    let stamped = Some(state.now + search.clock_offset(at));
    let held = Held { stamped, ..held };
    if search.setup.holds_commits {
        node::hold(state, held);
    } else {
        commit(search, state, &held);
    }
}

fn commit(search: &Search<'_>, state: &mut State, held: &Held) {
    let Held { request, basis, stamped: Some(moment), .. } = *held else { return };
    let row = search.judge.next(&Row { generation: basis, ..state.row }, &request, moment);
    if state.issue(row.generation).is_some() {
        return state.accuse(Fault::TwoSuccessors);
    }
    if request.purpose == Purpose::StepUp && matches!(request.sender, Sender::Tab(_)) {
        let is_second = std::mem::replace(&mut state.factor_spent, true);
        if is_second && search.judge.rules.step_up == StepUpRule::SpendsToken {
            return state.accuse(Fault::FactorSpentTwice);
        }
    }
    state.issues.push(Issue {
        generation: row.generation,
        committed: state.now,
        raised: row.raised,
        is_thief_s: request.sender == Sender::Thief,
    });
    state.row = row;
    if let Some(node) = held.node {
        state.memory[node] = Some(row);
        node::answer_with_tokens(search, state, &request, &row);
    }
}
