//! What handlers ask of a request, as types.

pub mod caller;
pub mod client;
pub mod guarded;
pub mod idempotency;
pub mod json;
pub mod nullable;
pub mod object;
pub mod path_id;
pub mod permission;
pub mod presenter;
pub mod query;
