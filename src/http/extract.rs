//! What handlers need from a request, as extractors.

pub mod administrator;
pub mod avatar_reader;
pub mod bearer;
pub mod caller;
pub mod client;
pub mod content_coding;
pub mod cookie_answer;
pub mod cookie_session;
pub mod federation;
pub mod form;
pub mod forwarded;
pub mod guarded;
pub mod idempotency;
pub mod json;
pub mod nullable;
pub mod object;
pub mod path_id;
pub mod policy;
pub mod presented;
pub mod presenter;
pub mod query;
pub mod step_up;
pub mod throttled;
