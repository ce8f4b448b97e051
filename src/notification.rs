//! Messages to people: composed and sealed here, written in the transaction of their cause, and
//! brought out by the outbox's worker.

pub mod backlog;
mod compose;
pub mod quota;
mod send;
mod template;
pub mod transport;
pub mod worker;

pub use compose::{Addressee, Composer, NewLink, OpenError, Unsealable};
pub use send::Sender;
pub use template::Service;
