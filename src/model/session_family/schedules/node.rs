//! A node: one actor for the family, which takes one request at a time and remembers the row.

use super::rules::{Case, StepUpRule};
use super::search::Search;
use super::state::{Cause, Fault, Held, Message, Purpose, Reply, Request, Row, Sender, State};
use super::theft;
use crate::model::session_family::Decision;

/// The nodes that a request may arrive at: of two that are in the same state one is enough.
pub fn to_try(search: &Search<'_>, state: &State, sender: Sender) -> std::ops::Range<usize> {
    if let (true, Sender::Tab(tab)) = (search.setup.sticky, sender) {
        return tab..tab + 1;
    }
    let is_idle = !state.is_busy(0) && !state.is_busy(1);
    let are_same = search.has_like_nodes() && is_idle && state.memory[0] == state.memory[1];
    0..if are_same { 1 } else { search.setup.nodes }
}

pub fn receive(search: &Search<'_>, state: &mut State, node: usize, request: Request) {
    let request = Request { since: state.now, ..request };
    if state.is_busy(node) {
        state.messages.push(Message::Waiting(node, request));
    } else {
        handle(search, state, node, request, false);
    }
}

/// As `FamilyCore::examine` does: what is remembered serves for rotations only.
pub fn handle(search: &Search<'_>, state: &mut State, node: usize, request: Request, overtaken: bool) {
    let rules = &search.judge.rules;
    if request.purpose == Purpose::StepUp && rules.step_up != StepUpRule::SpendsToken {
        return step_up_by_access_token(search, state, node, request);
    }
    let case = Case { request, overtaken, offset: search.clock_offset(node) };
    if let Some(row) = state.memory[node] {
        let decision = search.judge.decide(&row, &case, state.now);
        if decision == Decision::Rotate || !rules.loads_before_deciding {
            return carry_out(search, state, node, &Decided { case, row, decision, fresh: false });
        }
    }
    let row = state.row;
    state.memory[node] = Some(row);
    let decision = search.judge.decide(&row, &case, state.now);
    carry_out(search, state, node, &Decided { case, row, decision, fresh: true });
}

struct Decided {
    case: Case,
    row: Row,
    decision: Decision,
    /// The row was loaded for this request.
    fresh: bool,
}

fn carry_out(search: &Search<'_>, state: &mut State, node: usize, decided: &Decided) {
    let Decided { case: Case { request, overtaken, .. }, row, decision, fresh } = *decided;
    match decision {
        Decision::Rotate => hold(
            state,
            Held { node: Some(node), request, basis: row.generation, fresh, overtaken, stamped: None },
        ),
        Decision::Retry | Decision::Unchanged => answer_with_tokens(search, state, &request, &row),
        Decision::InFlight => {
            if !overtaken {
                theft::check_unnoticed(search, state, &request, &row);
            }
            answer(state, &request, Reply::InFlight);
        }
        Decision::Revoked(_) => answer(state, &request, Reply::Refused),
        Decision::Reuse(_) => revoke(search, state, node, &request, Cause::Reuse),
        Decision::Unconfirmed => revoke(search, state, node, &request, Cause::Unconfirmed),
        Decision::RetryExpired => revoke(search, state, node, &request, Cause::RetryExpired),
        Decision::Regressed | Decision::Adopt => state.accuse(Fault::Regressed),
        Decision::Invalid | Decision::Expired => state.accuse(Fault::Unexpected),
    }
}

pub fn hold(state: &mut State, held: Held) {
    state.messages.push(Message::Held(held));
}

pub fn answer(state: &mut State, request: &Request, reply: Reply) {
    if let Sender::Tab(tab) = request.sender {
        state.messages.push(Message::Answer { tab, attempt: request.attempt, reply });
    }
}

/// The tokens of this row's generation.
pub fn answer_with_tokens(search: &Search<'_>, state: &mut State, request: &Request, row: &Row) {
    if request.sender == Sender::Thief {
        theft::take(search, state, request, row);
    }
    answer(state, request, Reply::Tokens(row.generation));
}

/// The statement that revokes depends on no generation, as in the product: it wins over a rotation under way.
fn revoke(search: &Search<'_>, state: &mut State, node: usize, request: &Request, cause: Cause) {
    if state.row.revoked.is_none() && !search.setup.has_thief() && !search.setup.accepted.contains(&cause) {
        state.accuse(Fault::Revoked(cause));
    }
    state.row.revoked.get_or_insert(cause);
    state.memory[node] = Some(state.row);
    answer(state, request, Reply::Refused);
}

/// What is remembered and what waits is gone. A statement that has begun is committed or rolled back.
pub fn crash(state: &mut State, node: usize) {
    state.memory[node] = None;
    state.messages.retain(|message| match message {
        Message::Waiting(at, _) => *at != node,
        Message::Held(held) => held.node != Some(node) || held.stamped.is_some(),
        _ => true,
    });
    for message in &mut state.messages {
        if let Message::Held(held) = message
            && held.node == Some(node)
        {
            held.node = None;
        }
    }
}

/// The access token tells the session only: the rules that a step-up must not have.
fn step_up_by_access_token(search: &Search<'_>, state: &mut State, node: usize, request: Request) {
    let row = state.row;
    state.memory[node] = Some(row);
    if row.revoked.is_some() {
        answer(state, &request, Reply::Refused);
    } else if request.key.is_some() && request.key == row.key {
        answer_with_tokens(search, state, &request, &row);
    } else if search.judge.rules.step_up == StepUpRule::ReplacesCurrent {
        let basis = row.generation;
        hold(state, Held { node: Some(node), request, basis, fresh: true, overtaken: false, stamped: None });
    } else {
        state.row.raised = true;
        let row = state.row;
        state.memory[node] = Some(row);
        answer_with_tokens(search, state, &request, &row);
    }
}
