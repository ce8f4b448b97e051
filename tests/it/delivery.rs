//! Messages on their way to people.

mod crash;
mod fate;
mod file;
mod nodes;
mod quota;
mod relay;
mod relay_fault;
mod sms;
pub mod writing;
