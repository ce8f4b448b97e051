//! The states that a search visits, and the steps between them.

/// Of true time, which only the model knows.
pub type Seconds = i64;

/// What names an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Drawn at random by the owner's client.
    Random(u8),
    /// Computed from the token of this generation.
    Derived(u64),
    /// Drawn by the thief.
    Thief,
}

/// Why the family was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    Reuse,
    Unconfirmed,
    RetryExpired,
}

/// What must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The owner's own requests revoked the family.
    Revoked(Cause),
    /// One generation has two successors.
    TwoSuccessors,
    /// One factor raised the assurance twice.
    FactorSpentTwice,
    /// A token that had been spent was answered with tokens.
    ThiefServed,
    /// The tokens of a step-up went to the holder of a token from before it.
    Raised,
    /// A token that was spent before the race window did not end the family.
    Unnoticed,
    /// A token that was issued was taken for one from the future.
    Regressed,
    /// A decision that no schedule of the model may lead to.
    Unexpected,
}

/// The family's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    pub generation: u64,
    /// Of the rotation to this generation.
    pub key: Option<Key>,
    /// As the server's rules took it, which is not always the true time.
    pub rotated_at: Seconds,
    /// The user has stepped up.
    pub raised: bool,
    pub revoked: Option<Cause>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sender {
    Tab(usize),
    Thief,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    Refresh,
    StepUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    pub sender: Sender,
    pub purpose: Purpose,
    /// The generation of the token that is presented.
    pub generation: u64,
    pub key: Option<Key>,
    /// Tells the answers that a tab waits for from those that it no longer waits for.
    pub attempt: u8,
    /// When it was sent; at a node, when it arrived.
    pub since: Seconds,
}

/// A rotation that was decided and is not committed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    /// `None` if the node has crashed since.
    pub node: Option<usize>,
    pub request: Request,
    /// The generation that is to be replaced.
    pub basis: u64,
    /// The row had been loaded for this request.
    pub fresh: bool,
    pub overtaken: bool,
    /// What the statement wrote as the moment of the rotation; it holds the row's lock from then on.
    pub stamped: Option<Seconds>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reply {
    /// The tokens of this generation.
    Tokens(u64),
    InFlight,
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// On its way to a node.
    Request(Request),
    /// In the mailbox of a node.
    Waiting(usize, Request),
    Held(Held),
    /// On its way to the tab that made this attempt.
    Answer {
        tab: usize,
        attempt: u8,
        reply: Reply,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    Idle,
    /// The request is made; the browser has not put the cookie in yet.
    Composed,
    Waiting,
    LoggedOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tab {
    pub phase: Phase,
    pub purpose: Purpose,
    pub generation: u64,
    pub key: Option<Key>,
    pub attempt: u8,
    /// What the tab has still to do.
    pub refreshes: u8,
    pub step_ups: u8,
    pub retries: u8,
}

impl Tab {
    /// Whether the tab waits for the answer to this attempt.
    pub fn awaits(&self, attempt: u8) -> bool {
        self.phase == Phase::Waiting && self.attempt == attempt
    }
}

/// What the tabs share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Store {
    pub generation: u64,
    /// When the token came.
    pub since: Seconds,
    /// The keys of the last attempts, by the generation of the token that each is to spend.
    pub keys: [Option<(u64, Key)>; 2],
}

/// A generation that was committed, and when, in true time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issue {
    pub generation: u64,
    pub committed: Seconds,
    pub raised: bool,
    /// The thief's request led to it.
    pub is_thief_s: bool,
}

/// How often each kind of trouble may happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Faults {
    /// Messages lost.
    pub losses: u8,
    /// Requests that arrive and remain under way as well.
    pub copies: u8,
    pub crashes: u8,
    pub kills: u8,
    /// How often time passes.
    pub waits: u8,
    /// Copies that the thief takes of the token in the client's store.
    pub thefts: u8,
    /// How often the thief presents a token.
    pub attacks: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub now: Seconds,
    pub row: Row,
    /// What each node remembers of the row.
    pub memory: [Option<Row>; 2],
    /// Sorted, so that states which differ in the order only are one.
    pub messages: Vec<Message>,
    pub tabs: [Tab; 2],
    pub store: Store,
    /// The generation of the thief's newest token.
    pub loot: Option<u64>,
    pub left: Faults,
    pub keys_drawn: u8,
    pub issues: Vec<Issue>,
    pub factor_spent: bool,
    pub fault: Option<Fault>,
}

impl State {
    /// A rotation of this node is not committed yet: what arrives waits in the mailbox.
    pub fn is_busy(&self, node: usize) -> bool {
        self.messages.iter().any(|message| matches!(message, Message::Held(held) if held.node == Some(node)))
    }

    /// Two states in which the nodes have changed places are one: in a schedule that is printed they may do so.
    pub fn put_nodes_in_order(&mut self) {
        let place = |state: &Self, node: usize| (state.memory[node], state.is_busy(node));
        if place(self, 0) <= place(self, 1) {
            return;
        }
        self.memory.swap(0, 1);
        for message in &mut self.messages {
            match message {
                Message::Waiting(node, _) | Message::Held(Held { node: Some(node), .. }) => *node = 1 - *node,
                _ => {}
            }
        }
    }

    /// The first fault counts: nothing is explored behind it.
    pub fn accuse(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    pub fn issue(&self, generation: u64) -> Option<&Issue> {
        self.issues.iter().find(|issue| issue.generation == generation)
    }
}

/// What led from a state to the next.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Wait { seconds: Seconds },
    Send(Request),
    Compose { tab: usize, key: Option<Key> },
    FindsTokenRenewed { tab: usize },
    Kill { tab: usize },
    Deliver { node: usize, request: Request },
    DeliverAndKeepCopy { node: usize, request: Request },
    TakeFromMailbox { node: usize, request: Request },
    Statement(Held),
    Commit(Held),
    RollBack(Held),
    Crash { node: usize },
    Answer { tab: usize, reply: Reply },
    Lose(Message),
    CopyToken { generation: u64 },
    ThiefPresents { node: usize, request: Request },
}
