//! Security events, and counts of what strangers do.

pub mod insertion;
pub mod query;
pub mod stranger_count;
pub mod trail;
