//! The audit log as administrators take it away.

use serde_json::json;

use super::{Administration, Agent};
use crate::model::security_event::EventKind;
use crate::store::security_event::query::EventFilter;
use crate::store::{Effects, StoreError};

impl Administration {
    /// Records that the log is taken away, and gives back what is to be read: nothing that is written from
    /// now on, so that the export ends.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing may be handed out.
    pub async fn begin_export(&self, agent: &Agent, filter: EventFilter) -> Result<EventFilter, StoreError> {
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
        let event = self.event(EventKind::AuditExported, agent, detail);
        self.store.record(&Effects::of(event).by_session(agent.acting_session())).await?;
        Ok(filter)
    }
}
