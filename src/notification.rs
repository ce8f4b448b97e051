//! Messages to people: composed and sealed here, written to the outbox in the transaction of the change that they are
//! about, and sent by the worker.

pub(crate) mod backlog;
mod compose;
pub(crate) mod layout;
mod message;
pub(crate) mod preview;
pub mod quota;
pub(crate) mod render;
mod sample;
mod send;
mod service;
pub(crate) mod transport;
pub(crate) mod worker;

pub use compose::{Addressee, Composer};

pub(crate) use compose::{NewLink, OpenError};
pub(crate) use render::Renderer;
pub(crate) use send::Sender;
pub(crate) use service::{Brand, Service};
