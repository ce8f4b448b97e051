//! What all flows on personal data share.

use std::sync::Arc;

use super::avatar::Avatars;
use crate::clock::Clock;
use crate::config;
use crate::entropy::{Entropy, uuid_v7};
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::notification::Composer;
use crate::session::Sessions;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;

/// Export, erasure, retention and the report on them. The methods must run on the runtime that the store
/// was opened on.
#[derive(Clone)]
pub struct Privacy {
    pub store: Arc<Store>,
    pub sessions: Arc<Sessions>,
    pub composer: Composer,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Metrics,
    pub rules: config::Privacy,
    pub retention: config::Retention,
    /// The version of the terms that registrations must accept at present.
    pub terms_version: Option<String>,
    pub avatars: Arc<Avatars>,
}

impl Privacy {
    pub(super) fn event(&self, kind: EventKind, context: RequestContext) -> SecurityEvent {
        let now = self.clock.now();
        SecurityEvent::new(uuid_v7(self.entropy.as_ref(), now), kind, context, now)
    }
}

impl std::fmt::Debug for Privacy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Privacy")
    }
}
