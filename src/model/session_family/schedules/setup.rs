//! The events that a search may use, and how often.

use super::state::{Cause, Faults, Issue, Phase, Purpose, Row, Seconds, State, Store, Tab};

/// How the client chooses the keys of its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    Nothing,
    /// A random key for each token, stored before the request is sent, in one step with looking whether there is one.
    Stored,
    /// As [`Stored`](Self::Stored), and the store keeps the key of the token before as well.
    StoredAndKept,
    /// Computed from the token.
    Derived,
}

/// Where the client keeps its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A store of the client's own, which never goes back to an older token.
    Bearer,
    /// The browser's cookies: a request carries what the jar holds when it is sent, and an answer sets it.
    Jar,
}

/// The task of a tab.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan {
    pub refreshes: u8,
    pub step_ups: u8,
}

#[derive(Clone, Debug)]
pub struct Setup {
    pub name: &'static str,
    pub nodes: usize,
    pub plans: [Plan; 2],
    /// How often each tab asks again, in all.
    pub retries: u8,
    pub transport: Transport,
    pub naming: Naming,
    pub faults: Faults,
    /// How long one wait may be.
    pub waits: &'static [Seconds],
    /// A request older than this no longer arrives.
    pub request_life: Seconds,
    /// A rotation whose statement has not begun after this time is given up.
    pub patience: Seconds,
    /// The statement and its commit are two steps.
    pub holds_commits: bool,
    /// The nodes remember the row from the beginning.
    pub warm: bool,
    /// Of the nodes' own clocks, against the database's.
    pub clock_offsets: [Seconds; 2],
    /// What may revoke the family, because this client accepts it.
    pub accepted: &'static [Cause],
    /// Answers arrive before time passes, unless they are lost.
    pub prompt_answers: bool,
    /// Nothing else happens while a message is under way: only the database takes its time.
    pub prompt_network: bool,
    /// Each tab has a node of its own.
    pub sticky: bool,
    pub thief_has_factor: bool,
    /// Answers set the cookie even if the tab no longer waits for them.
    pub late_cookies: bool,
}

/// The client waits this long with the next refresh.
pub const ACCESS_LIFE: Seconds = 600;

impl Setup {
    /// One tab that stores its keys and refreshes once, and no trouble.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            nodes: 2,
            plans: [Plan { refreshes: 1, step_ups: 0 }, Plan::default()],
            retries: 1,
            transport: Transport::Bearer,
            naming: Naming::Stored,
            faults: Faults::default(),
            waits: &[15],
            request_life: 8,
            patience: 8,
            holds_commits: false,
            warm: false,
            clock_offsets: [0, 0],
            accepted: &[],
            prompt_answers: false,
            prompt_network: false,
            sticky: false,
            thief_has_factor: true,
            late_cookies: false,
        }
    }

    /// The state that a search begins with: the first generation was issued long ago.
    pub fn initial(&self) -> State {
        let row = Row { generation: 1, key: None, rotated_at: 0, raised: false, revoked: None };
        let tab = |index: usize| Tab {
            phase: Phase::Idle,
            purpose: Purpose::Refresh,
            generation: 0,
            key: None,
            attempt: 0,
            refreshes: self.plans[index].refreshes,
            step_ups: self.plans[index].step_ups,
            retries: self.retries,
        };
        State {
            now: 10_000,
            row,
            memory: [self.warm.then_some(row); 2],
            messages: Vec::new(),
            tabs: [tab(0), tab(1)],
            store: Store { generation: 1, since: 0, keys: [None; 2] },
            loot: None,
            left: self.faults,
            keys_drawn: 0,
            issues: vec![Issue { generation: 1, committed: 0, raised: false, is_thief_s: false }],
            factor_spent: false,
            fault: None,
        }
    }

    pub fn has_thief(&self) -> bool {
        self.faults.thefts > 0
    }

    /// With what `SCHEDULE_EXTRA` adds to each kind of trouble that the setup has.
    ///
    /// With cookies time does not pass more often: a second wait leads to the limit
    /// `a_late_retry_with_cookies_is_followed_by_a_rotation_under_its_key`.
    pub fn enlarged(mut self, extra: u8) -> Self {
        let waits = self.faults.waits;
        let faults = &mut self.faults;
        for count in [
            &mut faults.losses,
            &mut faults.copies,
            &mut faults.crashes,
            &mut faults.kills,
            &mut faults.waits,
            &mut faults.attacks,
        ] {
            *count += if *count > 0 { extra } else { 0 };
        }
        if self.transport == Transport::Jar {
            self.faults.waits = waits;
        }
        self
    }
}
