//! The rules and the setup of a search, and the step from one state to the next.

use super::rules::{Judge, Rules};
use super::setup::Setup;
use super::state::{Message, State, Step};

/// The rules and the setup of a search, with the steps that lead on from the state that is looked at.
pub struct Search<'a> {
    pub setup: &'a Setup,
    pub judge: Judge,
    next: Vec<(Step, State)>,
}

impl<'a> Search<'a> {
    pub fn new(setup: &'a Setup, rules: Rules) -> Self {
        Self { setup, judge: Judge::new(rules), next: Vec::new() }
    }

    /// The steps that were added since the last call.
    pub fn take_steps(&mut self) -> Vec<(Step, State)> {
        std::mem::take(&mut self.next)
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
            Message::Answer { tab, attempt, .. } => setup.late_cookies || tabs[*tab].awaits(*attempt),
        });
        if self.has_like_nodes() {
            state.put_nodes_in_order();
        }
        state.messages.sort_unstable();
    }

    /// The nodes differ in nothing but what has happened.
    pub fn has_like_nodes(&self) -> bool {
        self.setup.nodes == 2 && !self.setup.sticky && self.clock_offset(0) == self.clock_offset(1)
    }

    /// How far the clock that this node decides by is ahead of true time.
    pub fn clock_offset(&self, node: usize) -> i64 {
        if self.judge.rules.database_clock { 0 } else { self.setup.clock_offsets[node] }
    }
}
