//! Logs, metrics and traces.

pub(crate) mod job_watch;
pub(crate) mod logging;
pub mod metrics;
pub(crate) mod trace;
