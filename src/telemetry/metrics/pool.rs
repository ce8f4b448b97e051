//! Metrics of the pool of database connections.

use prometheus::{Histogram, IntGauge, IntGaugeVec};

use super::maker::{FAST, Maker};

#[derive(Clone)]
pub struct PoolMetrics {
    /// `auth_db_pool_connections`
    pub connections: IntGaugeVec,
    /// `auth_db_pool_size`
    pub size: IntGauge,
    /// `auth_db_pool_wait_seconds`
    pub wait: Histogram,
}

impl PoolMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        Ok(Self {
            connections: make.gauges("auth_db_pool_connections", "Pool connections.", &["state"])?,
            size: make.gauge("auth_db_pool_size", "Connections that the pool may open.")?,
            wait: make.histogram(
                "auth_db_pool_wait_seconds",
                "Wait of a writing unit of work for its connection and the begin of its transaction.",
                FAST,
            )?,
        })
    }
}
