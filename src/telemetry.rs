//! Logs and metrics.

pub(crate) mod logging;
pub mod metrics;
