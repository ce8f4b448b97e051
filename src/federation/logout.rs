//! A provider says that a session there is over (OpenID Connect Back-Channel Logout 1.0).

use super::discovery::DiscoveryError;
use super::provider::Provider;
use crate::clock::Timestamp;
use crate::crypto::id_token::SignatureError;
use crate::model::federation::logout_token::{ExpectedLogout, LogoutTokenError, ProviderLogout};

/// Why a logout token does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoutError {
    /// The provider's keys are not known, and it cannot be asked.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// Its signature does not count.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Its claims do not.
    #[error(transparent)]
    Claims(#[from] LogoutTokenError),
}

impl Provider {
    /// Verifies a logout token: its signature and type, then its claims. Whether it was used before is not known here.
    ///
    /// # Errors
    /// [`LogoutError`]: also for a provider without ID tokens, which has no logout tokens either.
    pub async fn verify_logout(
        &self,
        logout_token: &str,
        now: Timestamp,
    ) -> Result<ProviderLogout, LogoutError> {
        let signed = self
            .verify_signature::<_, LogoutError>(now, |known| {
                known.keys.verify_logout(logout_token, &known.algorithms)
            })
            .await?;
        Ok(signed.claims.examine(&ExpectedLogout {
            issuer: &self.rule,
            client_ids: &self.client_ids,
            key_issuer: signed.key_issuer.as_deref(),
            now,
        })?)
    }
}
