//! The signing keys, rotated and retired by an administrator or the command line.

use serde_json::json;

use super::{Administration, Principal};
use crate::keys::root_retirement::RootKeyRetirement;
use crate::keys::root_rotation::RootKeyStep;
use crate::keys::rotation::{Retired, Rotated, SigningKeyError};
use crate::model::revocation::key_entry;
use crate::model::security_event::EventKind;
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::store::Effects;

impl Administration {
    /// Lets the next key of an algorithm take over: by default of the one that signs access tokens.
    ///
    /// # Errors
    /// [`SigningKeyError`]; then the active key is as it was.
    pub async fn rotate_signing_key(
        &self,
        principal: &Principal,
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<Rotated, SigningKeyError> {
        let algorithm = algorithm.unwrap_or_else(|| self.signing_keys.algorithm());
        let effects = |rotated: &Rotated| {
            let event = self.event(EventKind::SigningKeyRotated, principal, rotated.detail());
            Effects::of(event).by_session(principal.acting_session)
        };
        let rotated = self.signing_keys.rotate(algorithm, principal.user_id(), effects).await;
        if matches!(rotated, Err(SigningKeyError::Refused(_))) {
            self.record_denial(principal, json!({ "operation": "rotate_signing_key" })).await?;
        }
        rotated
    }

    /// Retires a signing key out of turn. With `is_now` no node accepts its tokens as soon as it has read the revocation
    /// log, and the next key signs at once, although services may not know it yet.
    ///
    /// # Errors
    /// [`SigningKeyError`]; then the keys are as they were.
    pub async fn retire_signing_key(
        &self,
        principal: &Principal,
        kid: &str,
        is_now: bool,
    ) -> Result<Retired, SigningKeyError> {
        let effects = |retired: &Retired| {
            let event = self.event(EventKind::SigningKeyRetired, principal, retired.detail());
            Effects::of(event).by_session(principal.acting_session)
        };
        let (keys, by) = (&self.signing_keys, principal.user_id());
        let retired = if is_now {
            keys.retire_now(kid, by, effects).await
        } else {
            keys.retire(kid, by, effects).await
        };
        match &retired {
            // This node need not wait for the log.
            Ok(retired) if retired.now => {
                self.sessions.index.insert(key_entry(kid), self.clock.now());
            }
            Err(SigningKeyError::Refused(_)) => {
                self.record_denial(principal, json!({ "operation": "retire_signing_key" })).await?;
            }
            _ => {}
        }
        retired
    }

    /// Takes the next step of a rotation of the root keys, under which refresh tokens are derived.
    ///
    /// # Errors
    /// [`SigningKeyError`]; then nothing has changed.
    pub async fn rotate_root_key(&self, principal: &Principal) -> Result<RootKeyStep, SigningKeyError> {
        let effects = |step: &RootKeyStep| {
            let event = self.event(EventKind::RootKeyRotated, principal, step.detail());
            Effects::of(event).by_session(principal.acting_session)
        };
        self.root_rotation.rotate(principal.user_id(), effects).await
    }

    /// Revokes the sessions under a root key that may have been stolen, and deletes it if another one has taken over.
    ///
    /// # Errors
    /// [`SigningKeyError`]; sessions that were revoked before it stay revoked.
    pub async fn retire_root_key(
        &self,
        principal: &Principal,
        id: u8,
    ) -> Result<RootKeyRetirement, SigningKeyError> {
        let announcement =
            |step: &RootKeyStep| Effects::of(self.event(EventKind::RootKeyRotated, principal, step.detail()));
        let effects = |retirement: &RootKeyRetirement| {
            Effects::of(self.event(EventKind::RootKeyRetired, principal, retirement.detail()))
        };
        self.root_rotation.retire_now(id, announcement, effects).await
    }
}
