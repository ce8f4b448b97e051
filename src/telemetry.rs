//! What the server tells of itself.

pub mod logging;
pub mod metrics;
