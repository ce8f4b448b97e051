//! Denials of signed-in people: the first of a person at a route is a security event, and those that follow within
//! the hour are counted. A script that asks again and again leaves one row and a number.

use std::time::Duration;

use moka::sync::Cache;
use serde_json::Value;
use uuid::Uuid;

use super::{Administration, Agent};
use crate::model::security_event::EventKind;
use crate::model::stranger::StrangerKind;
use crate::store::{Effects, StoreError};

/// How long a denial stands for those that follow.
const PERIOD: Duration = Duration::from_secs(3600);
/// People and routes that are remembered.
const REMEMBERED: u64 = 10_000;

/// The denials of the last hour on this node.
#[derive(Clone, Debug)]
pub struct Denials(Cache<(Option<Uuid>, String), ()>);

impl Denials {
    pub fn new() -> Self {
        Self(Cache::builder().max_capacity(REMEMBERED).time_to_live(PERIOD).build())
    }
}

impl Default for Denials {
    fn default() -> Self {
        Self::new()
    }
}

impl Administration {
    /// Records that someone was refused what they may not do (ASVS 5.0 §16.3.2). `detail` names the method and the route,
    /// or the operation and whom it was for.
    ///
    /// # Errors
    /// [`StoreError`]; then the next denial is recorded in its place.
    pub async fn record_denial(&self, agent: &Agent, detail: Value) -> Result<(), StoreError> {
        let key = (agent.user_id, subject(&detail));
        if !self.denials.0.entry(key.clone()).or_insert(()).is_fresh() {
            self.store.count_stranger(StrangerKind::AccessDenied, &agent.context, self.clock.now());
            return Ok(());
        }
        let mut event = self.event(EventKind::AccessDenied, agent, detail);
        event.user_id = agent.user_id;
        let recorded = self.store.record(&Effects::of(event)).await;
        if recorded.is_err() {
            self.denials.0.invalidate(&key);
        }
        recorded
    }
}

/// What is alike. A route may be asked for any number of people who do not exist; an operation was for one who does.
fn subject(detail: &Value) -> String {
    match detail.get("route") {
        Some(route) => format!("{} {route}", detail["method"]),
        None => detail.to_string(),
    }
}
