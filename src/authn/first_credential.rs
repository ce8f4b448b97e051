//! The first password or passkey of someone who has come from another provider and has neither. Where the session has
//! authenticated a short while ago, or can do so again at the provider, nothing more is asked for. Where the provider cannot
//! confirm who is there, a link is mailed to the proven address; it works in the session that asked for it, and once.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::addressee;
use super::environment::FlowEnvironment;
use super::links::{Followed, Links};
use super::login_codes::{LoginCodes, PresentedCode};
use super::new_password::{self, NewPasswordError};
use super::passkey::{PasskeyError, PasskeyRequest, Passkeys};
use crate::crypto::password::PasswordPool;
use crate::model::email::Email;
use crate::model::first_credential::FirstCredentialObstacle;
use crate::model::notice::{Notice, Place};
use crate::model::one_time_token::Purpose;
use crate::model::principal::Principal;
use crate::model::revocation::RevokeReason;
use crate::model::security_event::EventKind;
use crate::notification::NewLink;
use crate::secret::Secret;
use crate::session::Sessions;
use crate::store::account::Account;
use crate::store::authenticator::passkey::StoredPasskey;
use crate::store::credential::first_credential::{
    FirstCredentialLink, FirstCredentialLinkOutcome, FirstPassword, FirstPasswordOutcome,
};
use crate::store::credential::link::LinkUse;
use crate::store::{Effects, StoreError};

/// A password for an account without one.
#[derive(Debug)]
pub struct FirstPasswordRequest {
    pub principal: Principal,
    /// The token of the link; absent where the session has authenticated a short while ago.
    pub link: Option<Secret<String>>,
    pub new_password: Secret<String>,
}

/// A passkey for an account without one.
#[derive(Debug)]
pub struct FirstPasskeyRequest {
    pub principal: Principal,
    /// The token of the link.
    pub link: Secret<String>,
    pub ceremony: Uuid,
    /// The answer of `navigator.credentials.create()`.
    pub credential: Value,
    pub name: Option<String>,
}

/// Why there is no first credential, or no link for one.
#[derive(Debug, thiserror::Error)]
pub enum FirstCredentialError {
    #[error("the account has another way to show who is there")]
    Obstacle(FirstCredentialObstacle),
    /// The code of a provider that was to show that it cannot confirm who is there.
    #[error("the code of the provider does not count")]
    CodeInvalid,
    #[error("the quota of mails is used up")]
    Limited,
    #[error("the link does not work")]
    LinkInvalid,
    /// The link works, but not for this session.
    #[error("another session has asked for the link")]
    OtherSession,
    /// The account is gone or no longer active, or the session was revoked.
    #[error("there is no account to change")]
    NoAccount,
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The service for first passwords and passkeys.
pub struct FirstCredentials {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) hashing: Arc<PasswordPool>,
    pub(super) links: Arc<Links>,
    pub(super) codes: Arc<LoginCodes>,
    pub(super) passkeys: Arc<Passkeys>,
}

impl FirstCredentials {
    /// Mails a link to the proven address, for someone who has nothing else by which to show that it is them. `code` is that
    /// of a provider which was to make them authenticate again and does not tell that it has.
    ///
    /// # Errors
    /// [`FirstCredentialError`]; then nothing is sent.
    pub async fn request(
        &self,
        principal: &Principal,
        code: Option<&PresentedCode>,
    ) -> Result<(), FirstCredentialError> {
        let account = self.acting_account(principal).await?;
        let mut reauthenticating = self.codes.providers.names_for_step_up();
        if let Some(code) = code {
            let unable = self.codes.without_time(&account, code).await?;
            let unable = unable.ok_or(FirstCredentialError::CodeInvalid)?;
            reauthenticating.retain(|provider| *provider != unable);
        }
        let to = addressee::owner(&account);
        let NewLink { token, url, expires_in } = self.links.new_link(Purpose::FirstCredential, &to);
        let notice = Notice::FirstCredential { link: url, expires_in };
        if !self.links.has_quota_for(&to, &notice).await? {
            return Err(FirstCredentialError::Limited);
        }
        let mail = self.env.composer.mail_until(&to, notice, token.expires_at)?;
        let event = self.env.event_by(principal, EventKind::FirstCredentialRequested);
        let link = FirstCredentialLink {
            token,
            acting_session: principal.acting_session,
            reauthenticating,
            effects: Effects::of(event).telling(mail),
        };
        match self.env.store.issue_first_credential_link(&link).await? {
            FirstCredentialLinkOutcome::Issued => Ok(()),
            FirstCredentialLinkOutcome::Refused(obstacle) => Err(FirstCredentialError::Obstacle(obstacle)),
            FirstCredentialLinkOutcome::NotActive => Err(FirstCredentialError::NoAccount),
        }
    }

    /// Sets the first password. Revokes the user's other sessions, as every new password does; this one stays as it is, with
    /// the assurance that it has. The owner gets a mail.
    ///
    /// # Errors
    /// [`FirstCredentialError`]; then nothing has changed, and a link still works, unless it was spent before.
    pub async fn set_password(&self, request: FirstPasswordRequest) -> Result<(), FirstCredentialError> {
        let FirstPasswordRequest { principal, link, new_password } = request;
        let account = self.acting_account(&principal).await?;
        let link = match &link {
            Some(token) => Some(self.follow(&account, &principal, token).await?),
            None => None,
        };
        if account.password_hash.is_some() {
            return Err(FirstCredentialError::Obstacle(FirstCredentialObstacle::Password));
        }
        let email = Email::from_stored(account.user.email.clone());
        let name = account.display_name.as_deref();
        let checked = new_password::check_policy(&self.hashing, &new_password, &email, name).await?;
        let hash = self.hashing.hash(checked).await.map_err(NewPasswordError::from)?;
        let kept = principal.session_id();
        let first = FirstPassword {
            session_id: kept,
            link,
            hash,
            revocation: self.sessions.revocation_of(
                principal.user_id(),
                Some(kept),
                RevokeReason::CredentialsChanged,
                true,
            ),
            effects: self.effects(&account, &principal, link.is_some())?,
        };
        match self.env.store.set_first_password(&first).await? {
            FirstPasswordOutcome::Set(ended) => {
                self.sessions.note_revoked(&ended);
                // The remaining session got the user's new epoch, which its actor must read.
                self.sessions.registry.forget(&[kept]);
                Ok(())
            }
            FirstPasswordOutcome::LinkInvalid => Err(FirstCredentialError::LinkInvalid),
            FirstPasswordOutcome::HasPassword => {
                Err(FirstCredentialError::Obstacle(FirstCredentialObstacle::Password))
            }
            FirstPasswordOutcome::NotActive => Err(FirstCredentialError::NoAccount),
        }
    }

    /// Begins to enroll the first passkey; gives the ceremony's id, and the options for the browser. The link is not spent
    /// yet.
    ///
    /// # Errors
    /// [`FirstCredentialError`].
    pub async fn begin_passkey(
        &self,
        principal: &Principal,
        link: &Secret<String>,
    ) -> Result<(Uuid, Value), FirstCredentialError> {
        let account = self.acting_account(principal).await?;
        self.follow(&account, principal, link).await?;
        Ok(self.passkeys.begin_enrollment(principal.acting_session).await?)
    }

    /// Adds the first passkey, and spends the link. Returns the backup codes.
    ///
    /// # Errors
    /// [`FirstCredentialError`]; then the link and the ceremony still work, unless they were spent before.
    pub async fn add_passkey(
        &self,
        request: FirstPasskeyRequest,
    ) -> Result<(StoredPasskey, Option<Vec<Secret<String>>>), FirstCredentialError> {
        let FirstPasskeyRequest { principal, link, ceremony, credential, name } = request;
        let account = self.acting_account(&principal).await?;
        let link = self.follow(&account, &principal, &link).await?;
        let request = PasskeyRequest { principal, ceremony, credential, name, link: Some(link) };
        Ok(self.passkeys.enroll(request).await?)
    }

    async fn acting_account(&self, principal: &Principal) -> Result<Account, FirstCredentialError> {
        let account = self.env.acting_account(principal.acting_session).await?;
        account.ok_or(FirstCredentialError::NoAccount)
    }

    /// The link, if it works in this session and is needed. The transaction that spends it checks all of this again; here
    /// the person learns what is wrong.
    async fn follow(
        &self,
        account: &Account,
        principal: &Principal,
        token: &Secret<String>,
    ) -> Result<LinkUse, FirstCredentialError> {
        let followed = self.links.follow(Purpose::FirstCredential, token).await?;
        let Followed { link, by_session, .. } = followed.ok_or(FirstCredentialError::LinkInvalid)?;
        if by_session != Some(principal.session_id()) {
            return Err(FirstCredentialError::OtherSession);
        }
        if account.password_hash.is_some() {
            return Err(FirstCredentialError::Obstacle(FirstCredentialObstacle::Password));
        }
        if account.user.mfa_enrolled {
            return Err(FirstCredentialError::Obstacle(FirstCredentialObstacle::SecondFactor));
        }
        Ok(link)
    }

    fn effects(
        &self,
        account: &Account,
        principal: &Principal,
        is_by_link: bool,
    ) -> Result<Effects, StoreError> {
        let event = self.env.event_by(principal, EventKind::PasswordSet);
        let event = event.with(json!({ "via": if is_by_link { "link" } else { "session" } }));
        let notice = Notice::PasswordSet { at: event.at, place: Place::of(&principal.context) };
        Ok(Effects::of(event).telling(self.env.composer.mail(&addressee::owner(account), notice)?))
    }
}

impl std::fmt::Debug for FirstCredentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FirstCredentials")
    }
}
