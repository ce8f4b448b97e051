//! Messages on their way to people.

mod backlog;
mod crash;
mod file;
mod nodes;
mod outcome;
mod quota;
mod relay;
mod relay_fault;
mod relay_manners;
mod sms;
pub mod writing;
