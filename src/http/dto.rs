//! Request and response bodies that several operations share. Bodies of one operation stand beside its handler.

pub mod account;
pub mod action;
pub mod backup_codes;
pub mod ceremony;
pub mod factor;
pub mod link;
pub mod page;
pub mod roles;
pub mod security_event;
pub mod session;
pub mod tokens;
pub mod words;
