//! Administration: who acts, and what all of its flows share.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::denials::Denials;
use crate::clock::Clock;
use crate::crypto::password::PasswordPool;
use crate::entropy::{Entropy, uuid_v7};
use crate::model::authority::Denial;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::notification::{Composer, Unsealable};
use crate::session::Sessions;
use crate::session::message::RefreshError;
use crate::store::session::acting_session::ActingSession;
use crate::store::{Store, StoreError};

/// What the flows need. Their methods must run on the runtime that the store was opened on.
pub struct Administration {
    pub store: Arc<Store>,
    pub sessions: Arc<Sessions>,
    pub passwords: Arc<PasswordPool>,
    pub composer: Composer,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// How long an invitation works, and the link to set a first password.
    pub invitation_ttl: Duration,
    /// How long nobody can log in after the second factors were reset.
    pub mfa_reset_cooldown: Duration,
    pub denials: Denials,
}

/// Who acts, and from where.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Absent for the command line. What the user may do is judged where it is done.
    pub user_id: Option<Uuid>,
    /// The one that asks; absent for the command line.
    pub session_id: Option<Uuid>,
    pub context: RequestContext,
}

impl Agent {
    pub(super) fn acting_session(&self) -> Option<ActingSession> {
        let (user_id, session_id) = self.user_id.zip(self.session_id)?;
        Some(ActingSession { user_id, session_id })
    }
}

/// Why nothing was done to an account.
#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    #[error("there is no such account")]
    UnknownAccount,
    #[error("the account has no such session")]
    UnknownSession,
    #[error("{0}")]
    Refused(Denial),
    #[error("a message cannot be sealed")]
    Unsealable(#[from] Unsealable),
    #[error(transparent)]
    Session(#[from] RefreshError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Administration {
    /// An event of the agent's. What comes from the command line says so, since it has no actor.
    pub(super) fn event(&self, kind: EventKind, agent: &Agent, detail: Value) -> SecurityEvent {
        let now = self.clock.now();
        let mut detail = match detail {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let mut event =
            SecurityEvent::new(uuid_v7(self.entropy.as_ref(), now), kind, agent.context.clone(), now);
        match agent.user_id {
            Some(user) => event = event.by(user),
            None => {
                detail.insert("via".to_owned(), json!("cli"));
            }
        }
        event.with(Value::Object(detail))
    }
}

impl std::fmt::Debug for Administration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Administration")
    }
}
