//! Breadth-first search: the first schedule that is found to a fault is one of the shortest.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::rules::{Judge, Rules};
use super::setup::Setup;
use super::state::{Fault, Message, Phase, Purpose, Request, Sender, State, Step};
use super::{client, database, node, thief};
use crate::model::session_family::Decision;

/// The rules and the setup of a search, with the steps that lead on from the state that is looked at.
pub struct Search<'a> {
    pub setup: &'a Setup,
    pub judge: Judge,
    next: Vec<(Step, State)>,
}

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
    let mut search = Search { setup, judge: Judge::new(rules), next: Vec::new() };
    let initial = State::initial(setup);
    let mut seen = HashSet::from([fingerprint(&initial)]);
    // The state that each state was reached from, and how: the initial state has none.
    let mut effects: Vec<Option<(usize, Step)>> = vec![None];
    let mut queue = VecDeque::from([(0, initial)]);
    let mut faults = BTreeMap::new();
    while let Some((index, state)) = queue.pop_front() {
        search.expand(&state);
        for (step, next) in std::mem::take(&mut search.next) {
            if !seen.insert(fingerprint(&next)) {
                continue;
            }
            effects.push(Some((index, step)));
            match next.fault {
                None => queue.push_back((effects.len() - 1, next)),
                Some(fault) => {
                    faults.entry(fault).or_insert_with(|| schedule(&effects));
                }
            }
        }
        if wanted.is_some_and(|wanted| faults.contains_key(&wanted)) {
            break;
        }
    }
    Report { states: seen.len(), faults, reached: search.judge.reached.take() }
}

impl Search<'_> {
    fn expand(&mut self, state: &State) {
        client::answers(self, state);
        self.deliveries(state);
        let is_sent = |message: &Message| matches!(message, Message::Request(_) | Message::Answer { .. });
        if self.setup.prompt_network && state.messages.iter().any(is_sent) {
            return;
        }
        client::steps(self, state);
        database::steps(self, state);
        thief::steps(self, state);
        self.troubles(state);
    }

    /// Adds the state that `change` makes of this one.
    pub fn step(&mut self, from: &State, step: Step, change: impl FnOnce(&Self, &mut State)) {
        let mut state = from.clone();
        change(self, &mut state);
        self.settle(&mut state);
        self.next.push((step, state));
    }

    /// What can have no more effects is dropped, so that states which differ in that only are one.
    fn settle(&self, state: &mut State) {
        let State { now, messages, tabs, .. } = state;
        let setup = self.setup;
        messages.retain(|message| match message {
            Message::Request(request) => *now - request.since <= setup.request_life,
            Message::Waiting(_, request) => *now - request.since <= setup.patience,
            Message::Held(held) => held.stamped.is_some() || *now - held.request.since <= setup.patience,
            Message::Answer { tab, attempt, .. } => {
                setup.late_cookies || client::awaits(&tabs[*tab], *attempt)
            }
        });
        if node::are_alike(self) {
            node::put_in_order(state);
        }
        state.messages.sort_unstable();
    }

    fn deliveries(&mut self, state: &State) {
        for (index, message) in state.messages.iter().enumerate() {
            match *message {
                Message::Request(request) => {
                    for node in node::to_try(self, state, request.sender) {
                        self.delivery(state, index, node, request);
                    }
                }
                Message::Waiting(node, request) if !node::is_busy(state, node) => {
                    self.step(state, Step::TakeFromMailbox { node, request }, |search, state| {
                        state.messages.remove(index);
                        node::handle(search, state, node, request, false);
                    });
                }
                _ => {}
            }
        }
    }

    fn delivery(&mut self, state: &State, index: usize, node: usize, request: Request) {
        self.step(state, Step::Deliver { node, request }, |search, state| {
            state.messages.remove(index);
            node::receive(search, state, node, request);
        });
        if state.left.copies > 0 {
            self.step(state, Step::DeliverAndKeepCopy { node, request }, |search, state| {
                state.left.copies -= 1;
                node::receive(search, state, node, request);
            });
        }
    }

    /// A browser sends at once what a script has made.
    fn may_wait(&self, state: &State) -> bool {
        let is_composed = state.tabs.iter().any(|tab| tab.phase == Phase::Composed);
        let is_answered = state.messages.iter().any(|message| matches!(message, Message::Answer { .. }));
        !(is_composed || is_answered && self.setup.prompt_answers)
    }

    fn troubles(&mut self, state: &State) {
        if state.left.waits > 0 && self.may_wait(state) {
            for seconds in self.setup.waits {
                self.step(state, Step::Wait { seconds: *seconds }, |_, state| {
                    state.left.waits -= 1;
                    state.now += seconds;
                });
            }
        }
        if state.left.losses > 0 {
            for (index, message) in state.messages.iter().enumerate() {
                if matches!(message, Message::Request(_) | Message::Answer { .. }) {
                    self.step(state, Step::Lose(*message), |_, state| {
                        state.left.losses -= 1;
                        state.messages.remove(index);
                    });
                }
            }
        }
        if state.left.crashes > 0 {
            for node in 0..self.setup.nodes {
                self.step(state, Step::Crash { node }, |_, state| {
                    state.left.crashes -= 1;
                    node::crash(state, node);
                });
            }
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
fn schedule(effects: &[Option<(usize, Step)>]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut last = effects.len() - 1;
    while let Some((before, step)) = effects[last] {
        steps.push(step);
        last = before;
    }
    steps.reverse();
    steps
}

impl Report {
    /// For people: how much was explored, and how each fault comes about.
    pub fn print(&self, setup: &Setup) {
        println!("{}: {} states, {} kinds of fault", setup.name, self.states, self.faults.len());
        for (fault, steps) in &self.faults {
            println!("  {fault:?}:");
            for step in steps {
                println!("    {step}");
            }
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Wait { seconds } => write!(f, "{seconds} s pass"),
            Self::Send(request) => write!(f, "sent: {request}"),
            Self::Compose { tab, key } => write!(f, "tab {tab} composes a request with {key:?}"),
            Self::FindsTokenRenewed { tab } => write!(f, "tab {tab} finds a newer token in the store"),
            Self::Kill { tab } => write!(f, "tab {tab} is killed"),
            Self::Deliver { node, request } => write!(f, "node {node} receives: {request}"),
            Self::DeliverAndKeepCopy { node, request } => {
                write!(f, "node {node} receives, and a copy remains under way: {request}")
            }
            Self::TakeFromMailbox { node, request } => {
                write!(f, "node {node} takes from its mailbox: {request}")
            }
            Self::Statement(held) => write!(f, "statement of: {} (on {})", held.request, held.basis),
            Self::Commit(held) => write!(f, "commit of: {} (on {})", held.request, held.basis),
            Self::RollBack(held) => write!(f, "roll-back of: {} (on {})", held.request, held.basis),
            Self::Crash { node } => write!(f, "node {node} crashes"),
            Self::Answer { tab, reply } => write!(f, "tab {tab} is answered {reply:?}"),
            Self::Lose(message) => write!(f, "lost: {message:?}"),
            Self::CopyToken { generation } => write!(f, "the thief copies token {generation}"),
            Self::ThiefPresents { node, request } => write!(f, "at node {node}: {request}"),
        }
    }
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let purpose = if self.purpose == Purpose::Refresh { "refresh" } else { "step-up" };
        let sender = match self.sender {
            Sender::Tab(tab) => format!("tab {tab}"),
            Sender::Thief => "the thief".to_owned(),
        };
        write!(f, "{purpose} by {sender} with token {} and {:?}", self.generation, self.key)
    }
}
