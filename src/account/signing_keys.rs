//! The signing keys, rotated by an administrator or the command line.

use serde_json::json;

use super::{Administration, Principal};
use crate::keys::rotation::{RotateError, Rotated};
use crate::model::security_event::EventKind;
use crate::model::signing_algorithm::SigningAlgorithm;
use crate::store::Effects;

impl Administration {
    /// Lets the next key of an algorithm take over: by default of the one that signs access tokens.
    ///
    /// # Errors
    /// [`RotateError`]; then the active key is as it was.
    pub async fn rotate_signing_key(
        &self,
        principal: &Principal,
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<Rotated, RotateError> {
        let algorithm = algorithm.unwrap_or_else(|| self.signing_keys.algorithm());
        let effects = |rotated: &Rotated| {
            let event = self.event(EventKind::SigningKeyRotated, principal, rotated.detail());
            Effects::of(event).by_session(principal.acting_session)
        };
        let rotated = self.signing_keys.rotate(algorithm, principal.user_id(), effects).await;
        if matches!(rotated, Err(RotateError::Refused(_))) {
            self.record_denial(principal, json!({ "operation": "rotate_signing_key" })).await?;
        }
        rotated
    }
}
