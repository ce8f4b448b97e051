//! What the checks look at: the settings, and the database as far as it can be opened.

use std::sync::Arc;

use super::database;
use super::finding::{Check, Finding};
use crate::boot::World;
use crate::config::Config;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;

pub(super) struct Examination<'a> {
    pub config: &'a Config,
    pub world: World,
    pub metrics: Option<Metrics>,
    /// Open, and of a schema that this program works with.
    pub store: Option<Arc<Store>>,
}

impl<'a> Examination<'a> {
    /// Opens the database, and tells what was found in doing so.
    pub async fn open(config: &'a Config) -> (Self, Finding) {
        let mut examination = Self { config, world: World::default(), metrics: None, store: None };
        let metrics = match Metrics::new() {
            Ok(metrics) => metrics,
            Err(error) => {
                return (examination, Check::Database.failed(error.to_string(), "Report this as a defect."));
            }
        };
        let (store, finding) = database::check(config, &examination.world, &metrics).await;
        (examination.metrics, examination.store) = (Some(metrics), store);
        (examination, finding)
    }

    pub async fn close(self) {
        if let Some(store) = self.store {
            store.close().await;
        }
    }
}
