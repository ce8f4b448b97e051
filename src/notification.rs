//! Messages to people: composed and sealed here, written to the outbox in the transaction of the change that they are
//! about, and sent by the worker.

pub mod backlog;
mod compose;
pub mod quota;
mod send;
mod template;
pub mod transport;
pub mod worker;

pub use compose::{Addressee, Composer, NewLink, OpenError};
pub use send::Sender;
pub use template::Service;
