//! All keys at once, after the theft of what holds them: a node, or the database together with the master key.

use serde::Serialize;
use serde_json::json;

use super::{Administration, AdministrationError, Principal};
use crate::clock::Timestamp;
use crate::keys::root_rotation::RootKeyStep;
use crate::keys::rotation::SigningKeyError;
use crate::model::revocation::key_entry;
use crate::model::security_event::EventKind;
use crate::store::Effects;

/// Why not all keys were retired.
#[derive(Debug, thiserror::Error)]
pub enum AllKeysError {
    /// Of the keys.
    #[error(transparent)]
    Keys(#[from] SigningKeyError),
    /// The keys are new. Sessions of before cannot be refreshed, but are not revoked.
    #[error("the keys are new, but the sessions are not revoked yet: {0}")]
    Sessions(AdministrationError),
}

/// All keys are new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllKeysRetired {
    /// The `kid`s of the signing keys that are refused from now on.
    pub signing_keys: Vec<String>,
    /// The id of the new root key.
    pub root_key: u8,
    /// Sessions that were created before this are revoked: all of them.
    pub created_before: Timestamp,
}

impl Administration {
    /// Retires every signing key and every root key, makes new ones, and revokes every session, in this order: so that a
    /// session that is opened in between does not depend on a key of before. What was done before an error stays done, and
    /// doing it again does the rest.
    ///
    /// # Errors
    /// [`AllKeysError`].
    pub async fn retire_all_keys(&self, principal: &Principal) -> Result<AllKeysRetired, AllKeysError> {
        let by = principal.user_id();
        let of_root = |step: &RootKeyStep| {
            let event =
                self.event(EventKind::RootKeyRotated, principal, json!({ "id": step.id, "all": true }));
            Effects::of(event).by_session(principal.acting_session)
        };
        let root_key = self.root_rotation.replace_all(by, of_root).await?.id;
        let of_signing = |kids: &[String]| {
            let event =
                self.event(EventKind::SigningKeyRetired, principal, json!({ "all": kids, "now": true }));
            Effects::of(event).by_session(principal.acting_session)
        };
        let signing_keys = self.signing_keys.replace_all(by, of_signing).await?;
        for kid in &signing_keys {
            self.sessions.index.insert(key_entry(kid), self.clock.now());
        }
        let cutoff = self.revoke_all_sessions(principal).await.map_err(AllKeysError::Sessions)?;
        Ok(AllKeysRetired { signing_keys, root_key, created_before: cutoff.moment() })
    }
}
