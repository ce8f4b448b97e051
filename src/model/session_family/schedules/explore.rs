//! Breadth-first search: the first schedule that is found to a fault is one of the shortest.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::rules::Rules;
use super::search::Search;
use super::setup::Setup;
use super::state::{Fault, Message, Phase, Request, State, Step};
use super::{client, database, node, thief};
use crate::model::session_family::Decision;

/// What a search has found.
pub struct Report {
    pub states: usize,
    /// A shortest schedule to each kind of fault.
    pub faults: BTreeMap<Fault, Vec<Step>>,
    /// Every decision that was made.
    pub reached: Vec<Decision>,
}

/// Explores all schedules, or those up to the first fault of the kind that is `wanted`.
pub fn explore(setup: &Setup, rules: Rules, wanted: Option<Fault>) -> Report {
    let mut search = Search::new(setup, rules);
    let initial = setup.initial();
    let mut seen = HashSet::from([fingerprint(&initial)]);
    // The state that each state was reached from, and how: the initial state has none.
    let mut predecessors: Vec<Option<(usize, Step)>> = vec![None];
    let mut queue = VecDeque::from([(0, initial)]);
    let mut faults = BTreeMap::new();
    while let Some((index, state)) = queue.pop_front() {
        expand(&mut search, &state);
        for (step, next) in search.take_steps() {
            if !seen.insert(fingerprint(&next)) {
                continue;
            }
            predecessors.push(Some((index, step)));
            match next.fault {
                None => queue.push_back((predecessors.len() - 1, next)),
                Some(fault) => {
                    faults.entry(fault).or_insert_with(|| schedule(&predecessors));
                }
            }
        }
        if wanted.is_some_and(|wanted| faults.contains_key(&wanted)) {
            break;
        }
    }
    Report { states: seen.len(), faults, reached: search.judge.reached.take() }
}

/// Adds every step that leads on from this state.
fn expand(search: &mut Search<'_>, state: &State) {
    client::answers(search, state);
    deliveries(search, state);
    let is_sent = |message: &Message| matches!(message, Message::Request(_) | Message::Answer { .. });
    if search.setup.prompt_network && state.messages.iter().any(is_sent) {
        return;
    }
    client::steps(search, state);
    database::steps(search, state);
    thief::steps(search, state);
    troubles(search, state);
}

fn deliveries(search: &mut Search<'_>, state: &State) {
    for (index, message) in state.messages.iter().enumerate() {
        match *message {
            Message::Request(request) => {
                for node in node::to_try(search, state, request.sender) {
                    delivery(search, state, index, node, request);
                }
            }
            Message::Waiting(node, request) if !state.is_busy(node) => {
                search.step(state, Step::TakeFromMailbox { node, request }, |search, state| {
                    state.messages.remove(index);
                    node::handle(search, state, node, request, false);
                });
            }
            _ => {}
        }
    }
}

fn delivery(search: &mut Search<'_>, state: &State, index: usize, node: usize, request: Request) {
    search.step(state, Step::Deliver { node, request }, |search, state| {
        state.messages.remove(index);
        node::receive(search, state, node, request);
    });
    if state.left.copies > 0 {
        search.step(state, Step::DeliverAndKeepCopy { node, request }, |search, state| {
            state.left.copies -= 1;
            node::receive(search, state, node, request);
        });
    }
}

/// A browser sends at once what a script has made.
fn may_wait(search: &Search<'_>, state: &State) -> bool {
    let is_composed = state.tabs.iter().any(|tab| tab.phase == Phase::Composed);
    let is_answered = state.messages.iter().any(|message| matches!(message, Message::Answer { .. }));
    !(is_composed || is_answered && search.setup.prompt_answers)
}

fn troubles(search: &mut Search<'_>, state: &State) {
    if state.left.waits > 0 && may_wait(search, state) {
        for seconds in search.setup.waits {
            search.step(state, Step::Wait { seconds: *seconds }, |_, state| {
                state.left.waits -= 1;
                state.now += seconds;
            });
        }
    }
    if state.left.losses > 0 {
        for (index, message) in state.messages.iter().enumerate() {
            if matches!(message, Message::Request(_) | Message::Answer { .. }) {
                search.step(state, Step::Lose(*message), |_, state| {
                    state.left.losses -= 1;
                    state.messages.remove(index);
                });
            }
        }
    }
    if state.left.crashes > 0 {
        for node in 0..search.setup.nodes {
            search.step(state, Step::Crash { node }, |_, state| {
                state.left.crashes -= 1;
                node::crash(state, node);
            });
        }
    }
}

/// 64 bits: among a million states the chance that any two have the same is one in ten million, and then one of the
/// two is merely not explored.
fn fingerprint(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

/// The steps to the state that was reached last.
fn schedule(predecessors: &[Option<(usize, Step)>]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut last = predecessors.len() - 1;
    while let Some((before, step)) = predecessors[last] {
        steps.push(step);
        last = before;
    }
    steps.reverse();
    steps
}
