//! Who acts.

use uuid::Uuid;

use super::security_event::{RequestContext, SecurityEvent};

/// The session of a user who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActingSession {
    /// The user who acts.
    pub user_id: Uuid,
    /// The session, which is checked again in the transaction of the change.
    pub session_id: Uuid,
}

/// Who acts, and in which request: a user in a session, or, where `S` is optional, perhaps the operator at the command
/// line, who has none.
#[derive(Clone, Debug)]
pub struct Principal<S = ActingSession> {
    /// The session; absent for the operator.
    pub acting_session: S,
    /// The request, for the security events that it causes.
    pub context: RequestContext,
}

impl Principal {
    /// The user who acts.
    pub const fn user_id(&self) -> Uuid {
        self.acting_session.user_id
    }

    /// The session in which the user acts.
    pub const fn session_id(&self) -> Uuid {
        self.acting_session.session_id
    }
}

impl Principal<Option<ActingSession>> {
    /// The operator at the command line, or the configuration that the operator has written.
    pub const fn operator(context: RequestContext) -> Self {
        Self { acting_session: None, context }
    }

    /// Absent for the operator.
    pub fn user_id(&self) -> Option<Uuid> {
        self.acting_session.map(|session| session.user_id)
    }
}

impl SecurityEvent {
    /// The user of this session acted on their own account.
    #[must_use]
    pub fn by_owner(self, session: ActingSession) -> Self {
        self.about(session.user_id).by(session.user_id).in_session(session.session_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_of_a_session_acts_and_the_operator_is_none() {
        let session = ActingSession { user_id: Uuid::from_u128(7), session_id: Uuid::from_u128(9) };
        let context = RequestContext::default;
        let user = Principal { acting_session: session, context: context() };
        assert_eq!((user.user_id(), user.session_id()), (session.user_id, session.session_id));
        let user = Principal { acting_session: Some(session), context: context() };
        assert_eq!(user.user_id(), Some(session.user_id));
        assert_eq!(Principal::operator(context()).user_id(), None);
    }
}
