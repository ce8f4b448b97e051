//! Security events, and counts of what strangers do.

pub(crate) mod effects;
pub(crate) mod insertion;
pub(crate) mod query;
pub(crate) mod stranger_count;
