//! Logs and metrics.

pub(crate) mod job_watch;
pub(crate) mod logging;
pub mod metrics;
