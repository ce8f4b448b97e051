//! The middleware of every request: three layers, which [`server`](super::server) lists in their order.
//!
//! A layer has a future of its own, which is allocated for each request and passed at each of its wake-ups. Therefore what
//! happens before or after the handler without waiting is a step of [`exchange`](exchange::exchange) or of
//! [`entrance`](entrance::entrance), in a file of its own, and they list the steps with the reason of each.

pub mod application;
pub mod correlation;
pub mod cors;
pub mod entrance;
pub mod exchange;
pub mod farewell;
pub mod observation;
pub mod rate_limit_fields;
pub mod request_head;
pub mod security_headers;
pub mod sharing;
pub mod unread_body;
