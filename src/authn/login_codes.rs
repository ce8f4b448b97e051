//! The codes that the callback of a provider hands to applications, as they come back: opened, and held against the one who
//! presents them.

use std::sync::Arc;

use super::environment::FlowEnvironment;
use crate::federation::{KnownProvider, Providers, Sealing};
use crate::model::assurance::Amr;
use crate::model::federation::login_state::{BrowserId, LoginCode, LoginPurpose};
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::account::Account;
use crate::store::federation::federation_use::FederationUse;

/// A code, and what it may be bound to.
#[derive(Clone, Debug)]
pub struct PresentedCode {
    pub code: Secret<String>,
    /// That of the application's challenge, if it has sent one at the start.
    pub code_verifier: Option<Secret<String>>,
    /// The browser that presents the code.
    pub browser: Option<BrowserId>,
}

/// Someone has authenticated again at a provider.
#[derive(Clone, Debug)]
pub(super) struct ReauthenticatedIdentity {
    /// What it counts for.
    pub amr: Amr,
    /// The code, to be spent.
    pub code: FederationUse,
}

/// Opens codes.
pub(super) struct LoginCodes {
    pub env: Arc<FlowEnvironment>,
    pub providers: Arc<Providers>,
}

impl LoginCodes {
    /// Seals states and codes.
    pub fn sealing(&self) -> Sealing<'_> {
        Sealing { master: &self.env.composer.master, entropy: self.env.entropy.as_ref() }
    }

    /// The code, if it counts for the client that presents it and its provider is still in the settings. It is not spent.
    pub fn open(&self, presented: &PresentedCode) -> Option<(LoginCode, &KnownProvider)> {
        let code = self.sealing().open_code(presented.code.expose())?;
        if !code.is_for(presented.browser.as_ref(), presented.code_verifier.as_ref(), self.env.now()) {
            return None;
        }
        let known = self.providers.find(&code.identity.provider)?;
        Some((code, known))
    }

    /// Examines the code of someone who was to authenticate again: it must be about an identity of this account, and the
    /// provider must have told that the person has authenticated since the beginning. `None` if it does not count.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reauthenticate(
        &self,
        account: &Account,
        presented: &PresentedCode,
    ) -> Result<Option<ReauthenticatedIdentity>, StoreError> {
        let opened = self.open(presented).filter(|(code, _)| {
            code.purpose == LoginPurpose::StepUp && code.identity.is_fresh(code.begun_at)
        });
        let Some((code, known)) = opened else { return Ok(None) };
        let is_theirs = self.is_of(account, &code).await?;
        Ok(is_theirs.then(|| ReauthenticatedIdentity {
            amr: known.provider.methods(&code.identity),
            code: use_of(&code),
        }))
    }

    /// The name of the provider that was to make this person authenticate again, and has not told when they did: then it
    /// cannot confirm who is there. `None` if the code is for something else, or about someone else. It is not spent, as
    /// nothing rests on it but that a mail may be sent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn without_time(
        &self,
        account: &Account,
        presented: &PresentedCode,
    ) -> Result<Option<String>, StoreError> {
        let opened = self
            .open(presented)
            .filter(|(code, _)| code.purpose == LoginPurpose::StepUp && code.identity.auth_time.is_none());
        let Some((code, _)) = opened else { return Ok(None) };
        let is_theirs = self.is_of(account, &code).await?;
        Ok(is_theirs.then_some(code.identity.provider))
    }

    async fn is_of(&self, account: &Account, code: &LoginCode) -> Result<bool, StoreError> {
        let stored = self.env.store.identity_of_subject(&code.identity.subject).await?;
        Ok(stored.is_some_and(|stored| stored.user_id == account.user.id))
    }
}

/// What is remembered of a code once it is spent.
pub(super) const fn use_of(code: &LoginCode) -> FederationUse {
    FederationUse { id: code.id, expires_at: code.expires_at }
}
