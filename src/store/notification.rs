//! The outbox and the quotas of messages.

pub mod outbox;
pub(crate) mod quota;
