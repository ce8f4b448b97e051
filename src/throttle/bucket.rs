//! What a limit counts.

use crate::model::throttle::{Limit, Network, Rule};

/// One count: what is counted, for whom, and how much is allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub rule: Rule,
    pub network: Network,
    pub limit: Limit,
}
