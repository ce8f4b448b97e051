//! The middleware of every request. [`server`](super::server) lists it in its order, with the reason of each layer.

pub mod application;
pub mod correlation;
pub mod cors;
pub mod farewell;
pub mod observation;
pub mod rate_limit_fields;
pub mod request_head;
pub mod security_headers;
pub mod sharing;
pub mod unread_body;
