//! The export of security events.

use serde_json::json;

use super::{Administration, Principal};
use crate::model::security_event::EventKind;
use crate::store::security_event::query::EventFilter;
use crate::store::{Effects, StoreError};

impl Administration {
    /// Records that the events are exported, and returns the filter for them. It excludes events that are written from
    /// now on, so that the export ends.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing may be exported.
    pub async fn begin_export(
        &self,
        principal: &Principal,
        filter: EventFilter,
    ) -> Result<EventFilter, StoreError> {
        let now = self.clock.now();
        let until = filter.until.map_or(now, |until| until.min(now));
        let filter = EventFilter { until: Some(until), ..filter };
        let detail = json!({
            "user": filter.user,
            "actor": filter.actor,
            "kind": filter.kind.map(EventKind::as_str),
            "from": filter.from,
            "until": until,
        });
        let event = self.event(EventKind::AuditExported, principal, detail);
        self.store.record(&Effects::of(event).by_session(principal.acting_session)).await?;
        Ok(filter)
    }
}
