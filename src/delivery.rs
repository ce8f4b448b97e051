//! Messages to people: composed and sealed here, written in the transaction of their cause, and
//! brought out by the outbox's worker.

mod attempt;
pub mod backlog;
mod postbox;
pub mod quota;
mod rendering;
pub mod worker;

pub use attempt::Courier;
pub use postbox::{Addressee, NewLink, Postbox, Unsealable, in_words};
