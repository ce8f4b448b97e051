//! For people: what was explored, and how each fault comes about.

use super::explore::Report;
use super::setup::Setup;
use super::state::{Purpose, Request, Sender, Step};

impl Report {
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
