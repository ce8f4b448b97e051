//! Denied requests of signed-in users. The first denial of a user at a route is a security event, and those that follow
//! within the hour are counted, so that a script which keeps asking leaves one row and a number.

use std::time::Duration;

use moka::sync::Cache;
use serde_json::Value;
use uuid::Uuid;

use super::{Administration, Principal};
use crate::model::security_event::EventKind;
use crate::model::stranger::StrangerKind;
use crate::store::{Effects, StoreError};

/// How long further denials are only counted.
const PERIOD: Duration = Duration::from_secs(3600);
/// How many pairs of user and route are remembered.
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
    /// Records that a request was denied (ASVS 5.0 §16.3.2). `detail` names the method and the route, or the operation and
    /// its target.
    ///
    /// # Errors
    /// [`StoreError`]; then the next denial is recorded instead.
    pub async fn record_denial(&self, principal: &Principal, detail: Value) -> Result<(), StoreError> {
        let key = (principal.user_id(), subject(&detail));
        if !self.denials.0.entry(key.clone()).or_insert(()).is_fresh() {
            self.store.count_stranger(StrangerKind::AccessDenied, &principal.context, self.clock.now());
            return Ok(());
        }
        let mut event = self.event(EventKind::AccessDenied, principal, detail);
        event.user_id = principal.user_id();
        let recorded = self.store.record(&Effects::of(event)).await;
        if recorded.is_err() {
            self.denials.0.invalidate(&key);
        }
        recorded
    }
}

/// What is counted together. A route may be asked for any number of users who do not exist, so its path parameters do not
/// matter; the target of an operation exists.
fn subject(detail: &Value) -> String {
    match detail.get("route") {
        Some(route) => format!("{} {route}", detail["method"]),
        None => detail.to_string(),
    }
}
