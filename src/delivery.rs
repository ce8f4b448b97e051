//! Messages to people: composed and sealed here, written in the transaction of their cause, and
//! brought out by the outbox's worker.

mod postbox;
mod rendering;
pub mod worker;

pub use postbox::{Addressee, Postbox, Unsealable};
