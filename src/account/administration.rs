//! Administration: the principal who acts, and what all of its flows share.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::denials::Denials;
use crate::clock::Clock;
use crate::crypto::password::PasswordPool;
use crate::entropy::{Entropy, uuid_v7};
use crate::keys::root_rotation::RootRotation;
use crate::keys::rotation::SigningKeys;
use crate::model::authority::Denial;
use crate::model::external_id::ExternalId;
use crate::model::principal::{self, ActingSession};
use crate::model::security_event::{EventKind, SecurityEvent};
use crate::model::stated_reason::StatedReason;
use crate::notification::Composer;
use crate::session::Sessions;
use crate::session::message::RefreshError;
use crate::store::{Store, StoreError};

/// Administration of accounts. The methods must run on the runtime that the store was opened on.
pub struct Administration {
    pub store: Arc<Store>,
    pub sessions: Arc<Sessions>,
    pub passwords: Arc<PasswordPool>,
    pub composer: Composer,
    pub signing_keys: Arc<SigningKeys>,
    pub root_rotation: Arc<RootRotation>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// How long an invitation works, and the link to set a first password.
    pub invitation_ttl: Duration,
    /// How long logins are refused after the second factors were reset.
    pub mfa_reset_cooldown: Duration,
    pub denials: Denials,
}

/// Who administers: a user in a session, or the operator at the command line, who has none. What a user may do is decided
/// where it is done, inside the transaction.
pub type Principal = principal::Principal<Option<ActingSession>>;

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    #[error("there is no such account")]
    UnknownAccount,
    #[error("not an e-mail address")]
    InvalidEmail,
    #[error("an account with this address exists")]
    EmailTaken,
    #[error("another account has this external id")]
    ExternalIdTaken,
    #[error("the account has no such session")]
    UnknownSession,
    #[error("{0}")]
    Refused(Denial),
    #[error(transparent)]
    Session(#[from] RefreshError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Administration {
    /// Whether an account other than this one has the external id. The database refuses a value that exists already, and
    /// does not say which.
    pub(super) async fn is_taken(
        &self,
        external_id: Option<&ExternalId>,
        own: Uuid,
    ) -> Result<bool, StoreError> {
        let Some(external_id) = external_id else { return Ok(false) };
        let owner = self.store.account_of_external_id(external_id).await?;
        Ok(owner.is_some_and(|owner| owner != own))
    }

    /// An event that the principal causes, with the reason that they state.
    pub(super) fn event_for(
        &self,
        kind: EventKind,
        principal: &Principal,
        reason: Option<&StatedReason>,
    ) -> SecurityEvent {
        self.event(kind, principal, with_reason(json!({}), reason))
    }

    /// An event that the principal causes. An event from the command line says so, since it has no user.
    pub(super) fn event(&self, kind: EventKind, principal: &Principal, detail: Value) -> SecurityEvent {
        let now = self.clock.now();
        let mut detail = match detail {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let mut event =
            SecurityEvent::new(uuid_v7(self.entropy.as_ref(), now), kind, principal.context.clone(), now);
        match principal.user_id() {
            Some(user) => event = event.by(user),
            None => {
                detail.insert("via".to_owned(), json!("cli"));
            }
        }
        event.with(Value::Object(detail))
    }
}

/// The detail of an event, with the reason that an administrator states. It may be about people, so an erasure takes it away.
pub(super) fn with_reason(mut detail: Value, reason: Option<&StatedReason>) -> Value {
    if let (Value::Object(members), Some(reason)) = (&mut detail, reason) {
        members.insert("stated_reason".to_owned(), json!(reason.as_str()));
    }
    detail
}

impl std::fmt::Debug for Administration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Administration")
    }
}
