//! An explicit-state model of one session family. It explores every schedule within small bounds and drives the
//! real [`present`](super::present) with what each schedule leads to.
//!
//! The model has two nodes that may remember an outdated row, one row in a database with compare-and-swap, and two
//! tabs of one client, which share a store of tokens or a browser's cookies. Requests and answers are lost, copied and
//! delayed; a node crashes between the statement and the answer; a tab is killed; the user steps up; a commit is held
//! back; a thief copies a token and presents it when it suits them. [`Setup`] says which of this a search may use and
//! how often. A search visits each reachable state once, so that "no fault" means that no order of events leads to one.
//!
//! [`Rules`] are the product's unless a test takes one of them out. Those tests are as important as the others: a
//! search that cannot find the fault that a rule prevents proves nothing about the rule.
//!
//! Assumptions about honest schedules: a request that has been under way for longer than eight seconds no longer
//! arrives; a browser sends a request as soon as a script has made it; and a client refreshes again only after
//! ten minutes.

mod client;
mod database;
mod explore;
mod node;
mod print;
mod rules;
mod search;
mod setup;
mod state;
#[cfg(test)]
mod tests;
mod theft;
mod thief;
