//! The end of a login: the application presents the code and gets a session, or is asked for more.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::FederatedLogins;
use crate::authn::devices::KnownDevice;
use crate::authn::links::LinkRequestError;
use crate::authn::login_codes::{PresentedCode, use_of};
use crate::authn::mfa::{FirstFactor, LoginChallenge};
use crate::authn::session_opening::{LoggedIn, LoginError};
use crate::model::assurance::{Aal, Amr};
use crate::model::cookie_generation::Cohort;
use crate::model::email::Email;
use crate::model::factor::MfaEnforcement;
use crate::model::federation::email_proof::ToldEmail;
use crate::model::federation::login_state::{LoginCode, LoginPurpose};
use crate::model::federation::provider_session::{ProviderSession, sid_hash};
use crate::model::federation::verified_identity::VerifiedIdentity;
use crate::model::locale::Locale;
use crate::model::security_event::{EventKind, RequestContext};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::trusted_device::TrustedDevice;
use crate::store::session::login::{AuthenticatedLogin, LoginClient, SecondFactorUse};
use crate::store::{Effects, StoreError};
use crate::telemetry::metrics::{LoginAttemptOutcome, LoginFailureReason, LoginMethod};

/// What the client sent.
#[derive(Debug)]
pub struct CompletionRequest {
    pub presented: PresentedCode,
    pub answers: CompletionAnswers,
    /// The answer to a challenge of the network's limits.
    pub captcha: Option<Secret<String>>,
    pub client: LoginClient,
}

/// What the person was asked for on the way.
#[derive(Clone, Debug, Default)]
pub struct CompletionAnswers {
    /// An address, where the provider tells none or one that is not proven.
    pub email: Option<String>,
    /// The code of the mail that was sent to the address.
    pub email_code: Option<Secret<String>>,
    /// The version of the terms that the person has accepted.
    pub accepted_terms: Option<String>,
    /// The language of mails to a new account.
    pub locale: Option<Locale>,
}

/// How a login goes on.
#[derive(Debug)]
pub enum FederatedOutcome {
    Session(Box<LoggedIn>),
    /// The second factor is asked for.
    Challenge(LoginChallenge),
    /// A mail was sent to the address, whatever it says. This code takes the place of the one that was presented.
    AddressAsked {
        code: Secret<String>,
        expires_in: Duration,
    },
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum FederatedLoginError {
    /// The code, the nonce or the token does not count: one answer for all of them.
    #[error("the login with the provider does not count")]
    Failed,
    #[error("the provider cannot be asked")]
    ProviderUnavailable,
    #[error("the provider has told no address that counts as proven")]
    AddressMissing,
    #[error("not an e-mail address")]
    InvalidAddress,
    #[error("the code of the mail is required")]
    MailedCodeMissing,
    #[error("the code of the mail is wrong")]
    MailedCodeWrong,
    /// Told only to someone who has proven the address.
    #[error("the account of the address must be entered in another way first")]
    AccountExists,
    #[error("registration is not open")]
    RegistrationClosed,
    #[error("the terms in force must be accepted")]
    TermsNotAccepted,
    #[error(transparent)]
    Login(#[from] LoginError),
}

impl From<StoreError> for FederatedLoginError {
    fn from(error: StoreError) -> Self {
        Self::Login(error.into())
    }
}

impl From<LinkRequestError> for FederatedLoginError {
    fn from(error: LinkRequestError) -> Self {
        match error {
            LinkRequestError::InvalidEmail => Self::InvalidAddress,
            LinkRequestError::Overloaded => Self::Login(LoginError::Overloaded),
            LinkRequestError::Store(error) => error.into(),
        }
    }
}

impl FederatedLoginError {
    /// The label of the metric; nothing for what only asks for more.
    const fn reason(&self) -> Option<LoginFailureReason> {
        match self {
            Self::Failed | Self::MailedCodeWrong => Some(LoginFailureReason::FederationFailed),
            Self::ProviderUnavailable => Some(LoginFailureReason::Unavailable),
            Self::Login(error) => Some(error.reason()),
            Self::AddressMissing
            | Self::InvalidAddress
            | Self::MailedCodeMissing
            | Self::AccountExists
            | Self::RegistrationClosed
            | Self::TermsNotAccepted => None,
        }
    }

    /// Whether the client's network is charged with it.
    const fn is_guess(&self) -> bool {
        matches!(self, Self::Failed | Self::MailedCodeWrong)
    }
}

/// An identity whose account was found or made.
pub(super) struct Entrance {
    pub account: Account,
    pub identity_id: Uuid,
    pub identity: VerifiedIdentity,
    /// What the login counts for.
    pub amr: Amr,
}

impl FederatedLogins {
    /// Completes a login with the code that the callback has handed out.
    ///
    /// # Errors
    /// [`FederatedLoginError`]; where it asks for more, the code still counts.
    pub async fn complete(
        self: &Arc<Self>,
        request: CompletionRequest,
    ) -> Result<FederatedOutcome, FederatedLoginError> {
        let CompletionRequest { presented, answers, captcha, client } = request;
        let transport = client.transport;
        let attempt = self.env.attempt(&client.context, captcha.as_ref()).await.map_err(LoginError::from)?;
        let result = self.go_on(&presented, &answers, client).await;
        if !result.as_ref().is_err_and(FederatedLoginError::is_guess) {
            attempt.withdraw().await;
        }
        match &result {
            Ok(FederatedOutcome::Session(login)) => {
                let cohort = self.env.cohort(login, transport);
                self.env.count_login(LoginMethod::Federation, LoginAttemptOutcome::Success, cohort);
            }
            Ok(FederatedOutcome::Challenge(_)) => {
                let outcome = LoginAttemptOutcome::Challenged;
                self.env.count_login(LoginMethod::Federation, outcome, Cohort::NoCookies);
            }
            Ok(FederatedOutcome::AddressAsked { .. }) => {}
            Err(error) => self.count_failure(error),
        }
        result
    }

    pub(super) fn count_failure(&self, error: &FederatedLoginError) {
        if let Some(reason) = error.reason() {
            self.env.count_failed_login(LoginMethod::Federation, reason);
        }
    }

    async fn go_on(
        self: &Arc<Self>,
        presented: &PresentedCode,
        answers: &CompletionAnswers,
        client: LoginClient,
    ) -> Result<FederatedOutcome, FederatedLoginError> {
        let opened = self.codes.open(presented).filter(|(code, _)| code.purpose == LoginPurpose::Login);
        let (code, known) = opened.ok_or(FederatedLoginError::Failed)?;
        let amr = known.provider.methods(&code.identity);
        let identity = with_proven_address(&code, answers.email_code.as_ref())?;
        if let Some(address) = self.unproven_address(&identity, answers.email.as_deref()).await? {
            return self.ask_for_proof(&code, address, answers).await;
        }
        let entrance = self.settle(identity, amr, use_of(&code), answers, &client).await?;
        self.enter(&entrance, client).await
    }

    /// The address that has to be proven first; `None` if the identity has an account, or its address is proven.
    async fn unproven_address(
        &self,
        identity: &VerifiedIdentity,
        named: Option<&str>,
    ) -> Result<Option<Email>, FederatedLoginError> {
        let told = match &identity.email {
            Some(ToldEmail { is_proven: true, .. }) => return Ok(None),
            told => told.as_ref().map(|told| told.address.clone()),
        };
        if self.env.store.identity_of_subject(&identity.subject).await?.is_some() {
            return Ok(None);
        }
        let named = named.map(Email::parse).transpose();
        let named = named.map_err(|_| FederatedLoginError::InvalidAddress)?;
        named.or(told).map(Some).ok_or(FederatedLoginError::AddressMissing)
    }

    /// Opens the session, or asks for the second factor: this is a login as any other.
    pub(super) async fn enter(
        &self,
        entrance: &Entrance,
        client: LoginClient,
    ) -> Result<FederatedOutcome, FederatedLoginError> {
        let Entrance { account, identity_id, identity, amr } = entrance;
        // In an account that its owner has secured the identity may be an intruder's, as a passkey may.
        if !account.credentials.admits(*amr) {
            return Err(FederatedLoginError::Failed);
        }
        if let Err(error) = self.opening.admit(account) {
            self.record_failure(account, identity, &client.context, &error).await?;
            return Err(error.into());
        }
        let sid = identity.sid.as_ref().map(|sid| sid_hash(&identity.subject.issuer, sid));
        let session = ProviderSession { identity_id: *identity_id, sid };
        let device = self.devices.find(Some(account), client.device_token.as_ref()).await?;
        let trusted = self.trusted(account, device.as_ref(), &client).await?;
        let mut waived = false;
        if amr.aal() < Aal::Two && trusted.is_none() {
            let factors = self.env.store.factors(account.user.id).await?;
            waived = factors.is_enrolled() && self.enforcement == MfaEnforcement::Off;
            if factors.is_enrolled() && !waived {
                let first = FirstFactor { amr: *amr, attempt: None, federated: Some(session) };
                let challenge = self.challenges.issue(account, first, factors, &client).await;
                return Ok(FederatedOutcome::Challenge(challenge.map_err(moved)?));
            }
        }
        let device_id = trusted.filter(|_| amr.aal() < Aal::Two).map(|trusted| trusted.id);
        let login = AuthenticatedLogin {
            account,
            amr: *amr,
            client,
            attempt: None,
            second_factor: SecondFactorUse { device: device_id, waived, ..SecondFactorUse::default() },
            known_device: self.opening.device_id(device.as_ref()),
            federated: Some(session),
        };
        let opened = self.opening.open(&login, trusted.map(|trusted| trusted.expires_at)).await;
        Ok(FederatedOutcome::Session(Box::new(opened.map_err(LoginError::from).map_err(moved)?)))
    }

    /// The trust in the device, if it stands in for the second factor of this login.
    async fn trusted<'a>(
        &self,
        account: &Account,
        device: Option<&'a KnownDevice>,
        client: &LoginClient,
    ) -> Result<Option<&'a TrustedDevice>, StoreError> {
        match device.and_then(|known| known.trust_in(&client.device)) {
            Some(_) if self.opening.is_unexpected(account, &client.context).await? => Ok(None),
            trusted => Ok(trusted),
        }
    }

    async fn record_failure(
        &self,
        account: &Account,
        identity: &VerifiedIdentity,
        context: &RequestContext,
        error: &LoginError,
    ) -> Result<(), StoreError> {
        let event = self.env.event(EventKind::LoginFailed, context.clone()).about(account.user.id);
        let detail = json!({
            "reason": error.reason().as_str(), "method": "federation", "provider": identity.provider,
        });
        self.env.store.record(&Effects::of(event.with(detail))).await
    }
}

/// The account has changed since the identity led to it.
fn moved(error: LoginError) -> FederatedLoginError {
    match error {
        LoginError::InvalidCredentials => FederatedLoginError::Failed,
        error => error.into(),
    }
}

/// The identity with the address that the code of a mail proves, where the code awaits one.
fn with_proven_address(
    code: &LoginCode,
    mailed: Option<&Secret<String>>,
) -> Result<VerifiedIdentity, FederatedLoginError> {
    let identity = code.identity.clone();
    if code.awaited.is_none() {
        return Ok(identity);
    }
    let mailed = mailed.ok_or(FederatedLoginError::MailedCodeMissing)?;
    let address = code.proven_address(mailed).ok_or(FederatedLoginError::MailedCodeWrong)?;
    Ok(VerifiedIdentity { email: Some(ToldEmail { address, is_proven: true }), ..identity })
}
