//! Sessions that end because those at the provider do, or because the provider is gone.

use std::sync::Arc;

use serde_json::json;

use super::FederatedLogins;
use crate::federation::LogoutError;
use crate::model::federation::provider_session::logout_token_id;
use crate::model::security_event::{EventKind, RequestContext};
use crate::secret::Secret;
use crate::store::federation::federated_session::{EndedFamilies, ProviderSessionEnd};
use crate::store::federation::federation_use::FederationUse;
use crate::store::{Effects, StoreError};

/// Why a logout token has no effect.
#[derive(Debug, thiserror::Error)]
pub enum BackchannelError {
    #[error("there is no such provider")]
    NotFound,
    #[error("the logout token does not count")]
    Invalid,
    #[error("the logout token was used before")]
    Used,
    /// The provider's keys cannot be fetched, so nothing is known about the token.
    #[error("the provider cannot be asked")]
    ProviderUnavailable,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FederatedLogins {
    /// Ends the sessions that a provider says are over. A session that is unknown here is no error.
    ///
    /// # Errors
    /// [`BackchannelError`]; then nothing has changed.
    pub async fn log_out_by_provider(
        &self,
        provider: &str,
        logout_token: &Secret<String>,
        context: &RequestContext,
    ) -> Result<(), BackchannelError> {
        let known = self.providers.find(provider).ok_or(BackchannelError::NotFound)?;
        let now = self.env.now();
        let logout = {
            let _place = self.place().ok_or(BackchannelError::ProviderUnavailable)?;
            known.provider.verify_logout(logout_token.expose(), now).await
        };
        let logout = logout.map_err(|error| {
            tracing::info!(provider, %error, "a logout token of a provider does not count");
            match error {
                LogoutError::Discovery(_) if known.provider.kind().has_id_tokens() => {
                    BackchannelError::ProviderUnavailable
                }
                LogoutError::Discovery(_) | LogoutError::Signature(_) | LogoutError::Claims(_) => {
                    BackchannelError::Invalid
                }
            }
        })?;
        let token = FederationUse {
            id: logout_token_id(&logout.issuer, &logout.token_id),
            expires_at: logout.counts_until,
        };
        let end = ProviderSessionEnd {
            issuer: logout.issuer,
            scope: logout.scope,
            token,
            at: now,
            tokens_since: now.minus(self.sessions.rules.longest_token_life),
        };
        let compose = |ended: &EndedFamilies| self.ending(ended, "provider_logout", context);
        let ended = self.env.store.end_provider_sessions(&end, compose).await?;
        self.note(&ended.ok_or(BackchannelError::Used)?);
        Ok(())
    }

    /// Ends the sessions that rest on providers which are no longer in the settings. To be called when the server starts.
    ///
    /// # Errors
    /// [`StoreError`]; then some may be left.
    pub async fn end_sessions_of_removed_providers(&self) -> Result<(), StoreError> {
        let names = self.providers.names();
        let context = RequestContext::default();
        loop {
            let at = self.env.now();
            let tokens_since = at.minus(self.sessions.rules.longest_token_life);
            let compose = |ended: &EndedFamilies| self.ending(ended, "provider_removed", &context);
            let store = &self.env.store;
            let ended = store.end_sessions_of_removed_providers(&names, (at, tokens_since), compose).await?;
            if ended.is_empty() {
                return Ok(());
            }
            self.note(&ended);
            let sessions: usize = ended.iter().map(|of_user| of_user.families.len()).sum();
            tracing::info!(sessions, "revoked sessions of identity providers that are no longer configured");
        }
    }

    /// Removes what rests on providers that are gone, beside what else the server does. Sessions that cannot be ended now end
    /// with the next start.
    pub fn forget_removed_providers(self: &Arc<Self>) -> tokio::task::JoinHandle<()> {
        let logins = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = logins.end_sessions_of_removed_providers().await {
                tracing::warn!(%error, "cannot revoke the sessions of identity providers that are not configured");
            }
        })
    }

    fn ending(&self, ended: &EndedFamilies, reason: &str, context: &RequestContext) -> Effects {
        let event = self.env.event(EventKind::SessionsEnded, context.clone()).about(ended.user_id);
        Effects::of(event.with(json!({ "reason": reason, "revoked": ended.families.len() })))
    }

    fn note(&self, ended: &[EndedFamilies]) {
        for of_user in ended {
            self.sessions.note_revoked(&of_user.families);
        }
    }
}
