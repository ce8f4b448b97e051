//! The identities that an account has at other providers: listed and removed.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::addressee;
use super::environment::FlowEnvironment;
use crate::federation::Providers;
use crate::model::notice::{Notice, Place};
use crate::model::principal::Principal;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::session::Sessions;
use crate::store::account::Account;
use crate::store::federation::identity::{IdentityRemoval, IdentityRemovalOutcome, StoredIdentity};
use crate::store::{Effects, StoreError};

/// Why an identity cannot be removed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Also for another user's identity.
    #[error("there is no such identity")]
    NotFound,
    /// No password, passkey or other usable identity would be left.
    #[error("it is the last way into the account")]
    LastWayIn,
    /// The account is gone or no longer active, or the session was revoked.
    #[error("there is no account to change")]
    NoAccount,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An identity as its owner sees it.
#[derive(Debug)]
pub struct OwnIdentity {
    pub stored: StoredIdentity,
    /// Whether its provider is in the settings, so that it leads to the account.
    pub is_usable: bool,
}

/// The service for identities.
pub struct Identities {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) providers: Arc<Providers>,
}

impl Identities {
    /// The identities of a user, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(&self, user_id: Uuid) -> Result<Vec<OwnIdentity>, StoreError> {
        let found = self.env.store.identities(user_id).await?;
        let own = |stored: StoredIdentity| OwnIdentity {
            is_usable: self.providers.find(&stored.provider).is_some(),
            stored,
        };
        Ok(found.into_iter().map(own).collect())
    }

    /// By what someone without a second factor can authenticate again: the password, and an identity of a provider that can be
    /// asked for it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reauthentication_methods(&self, user_id: Uuid) -> Result<Vec<&'static str>, StoreError> {
        let ways = self.env.store.ways_in(user_id, &self.providers.names_for_step_up()).await?;
        let password = ways.has_password.then_some("password");
        Ok(password.into_iter().chain((ways.identities > 0).then_some("federation")).collect())
    }

    /// Removes an identity and revokes the user's other sessions, which may have been opened with it (ASVS 5.0 §7.4.3).
    /// The owner gets a mail.
    ///
    /// # Errors
    /// [`IdentityError`]; then nothing has changed.
    pub async fn remove(&self, principal: &Principal, id: Uuid) -> Result<(), IdentityError> {
        let account =
            self.env.acting_account(principal.acting_session).await?.ok_or(IdentityError::NoAccount)?;
        let identities = self.env.store.identities(principal.user_id()).await?;
        let identity = identities.into_iter().find(|identity| identity.id == id);
        let identity = identity.ok_or(IdentityError::NotFound)?;
        let kept = Some(principal.session_id());
        let removal = IdentityRemoval {
            id,
            session_id: principal.session_id(),
            providers: self.providers.names(),
            // A login in progress may rely on the identity; the new epoch makes it fail.
            revocation: self.sessions.revocation_of(
                principal.user_id(),
                kept,
                RevokeReason::CredentialsChanged,
                true,
            ),
            effects: self.removal_effects(&account, principal, identity)?,
        };
        match self.env.store.remove_identity(&removal).await? {
            IdentityRemovalOutcome::Done(ended) => {
                self.sessions.note_revoked(&ended);
                // The remaining session got the user's new epoch, which its actor must read.
                self.sessions.registry.forget(&[principal.session_id()]);
                Ok(())
            }
            IdentityRemovalOutcome::Absent => Err(IdentityError::NotFound),
            IdentityRemovalOutcome::LastWayIn => Err(IdentityError::LastWayIn),
            IdentityRemovalOutcome::NotActive => Err(IdentityError::NoAccount),
        }
    }

    fn removal_effects(
        &self,
        account: &Account,
        principal: &Principal,
        identity: StoredIdentity,
    ) -> Result<Effects, StoreError> {
        let provider = identity.provider;
        let event = self.env.event_by(principal, EventKind::IdentityRemoved);
        let event = event.with(json!({ "provider": provider }));
        let (at, place) = (event.at, Place::of(&principal.context));
        let provider = self.providers.display_name(&provider);
        let notice = Notice::IdentityRemoved { provider, at, place };
        Ok(Effects::of(event).telling(self.env.composer.mail(&addressee::owner(account), notice)?))
    }
}

impl std::fmt::Debug for Identities {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Identities")
    }
}
