//! The signed-in user who adds, confirms or removes an authenticator.

use uuid::Uuid;

use crate::authn::environment::FlowEnvironment;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::store::session::acting_session::ActingSession;

/// The user, the session in which they act, and the request that they make.
#[derive(Clone, Debug)]
pub struct FactorOwner {
    /// The owner of the authenticator.
    pub user_id: Uuid,
    /// The session of the request. It must be live when the change is written, and stays when others are revoked.
    pub session_id: Uuid,
    /// The request, for security events and mails.
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
