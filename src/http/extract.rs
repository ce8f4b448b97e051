//! What handlers ask of a request, as types.

pub mod caller;
pub mod client;
pub mod idempotency;
pub mod json;
