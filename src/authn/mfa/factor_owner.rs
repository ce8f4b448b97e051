//! The signed-in user who adds, confirms or removes an authenticator.

use uuid::Uuid;

use crate::authn::environment::FlowEnvironment;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::store::session::acting_session::ActingSession;

/// See the module's description.
#[derive(Clone, Debug)]
pub struct FactorOwner {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub context: RequestContext,
}

impl FactorOwner {
    /// The session that asks, for the transaction of what it asks for.
    pub const fn acting_session(&self) -> ActingSession {
        ActingSession { user_id: self.user_id, session_id: self.session_id }
    }

    /// An event about the owner's account, in their session.
    pub(in crate::authn) fn event(&self, env: &FlowEnvironment, kind: EventKind) -> SecurityEvent {
        let event = env.event(kind, self.context.clone()).about(self.user_id).by(self.user_id);
        event.in_session(self.session_id)
    }
}
