//! Security events, and counts of what strangers do.

pub mod effects;
pub mod insertion;
pub mod query;
pub mod stranger_count;
