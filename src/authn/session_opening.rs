//! The one way from an authenticated login to a session, whatever it was authenticated by.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::devices::{Devices, KnownDevice, owner_of};
use super::environment::FlowEnvironment;
use super::{addressee, retry_after};
use crate::config::{Anomalies, EmailVerification};
use crate::geoip::GeoIp;
use crate::model::account::Status;
use crate::model::assurance::Amr;
use crate::model::device::Device;
use crate::model::notice::{DeviceName, Notice, Place};
use crate::model::security_event::{EventKind, RequestContext};
use crate::secret::Secret;
use crate::session::Sessions;
use crate::session::service::{Login, OpenError};
use crate::session::tokens::IssuedTokens;
use crate::store::account::Account;
use crate::store::credential::password_attempt::Reservation;
use crate::store::session::login::SecondFactorUse;
use crate::store::{AnomalyCheck, Effects, LoginPlace, StoreError};

/// The client that asks for a session.
#[derive(Debug)]
pub struct LoginClient {
    pub device: Device,
    /// The token that the last login on this device was given, which makes it a known one; or those of several accounts.
    pub device_token: Option<Secret<String>>,
    /// The session whose cookies the new ones replace.
    pub replaces: Option<Uuid>,
    /// The masked network of the client's address.
    pub network: Option<String>,
    pub context: RequestContext,
}

/// A login whose credentials are verified, on its way to a session.
pub(super) struct AuthenticatedLogin<'a> {
    pub account: &'a Account,
    /// What was verified (RFC 8176); the level of assurance follows from it.
    pub amr: Amr,
    pub client: LoginClient,
    /// The attempt at the password that was right, to be settled with the login.
    pub attempt: Option<Reservation>,
    /// How the second factor was dealt with; what it names is spent with the login.
    pub second_factor: SecondFactorUse,
    /// The device of the account, as it was known before or becomes known now.
    pub known_device: Uuid,
    /// How much longer the device stands in for the second factor, if it does.
    pub device_trusted_for: Option<Duration>,
}

/// A session that was opened.
#[derive(Debug)]
pub struct LoggedIn {
    pub tokens: IssuedTokens,
    /// Makes the device a known one. It takes the place of the token that was sent.
    pub device_token: Secret<String>,
    /// How much longer the device stands in for the second factor, if it does.
    pub device_trusted_for: Option<Duration>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("the address or the password is wrong")]
    InvalidCredentials,
    /// Unknown devices have to wait, whether the address has an account or not.
    #[error("too many wrong passwords; try again in {retry_after} seconds")]
    Delayed { retry_after: u32 },
    /// Told only after the right password.
    #[error("the account is not active")]
    NotActive,
    /// Told only after the right password.
    #[error("the address of the account is not verified")]
    NotVerified,
    /// Told only after the right password.
    #[error("an administrator has reset the second factors; wait {retry_after} seconds")]
    ResetPending { retry_after: u32 },
    #[error("too many logins at the moment")]
    Overloaded,
    #[error("internal error during a login: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LoginError {
    /// The label of the metric, and the reason in the security event.
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "invalid_credentials",
            Self::Delayed { .. } => "rate_limited",
            Self::NotActive => "not_active",
            Self::NotVerified => "not_verified",
            Self::ResetPending { .. } => "mfa_reset_pending",
            Self::Overloaded => "overloaded",
            Self::Internal(_) | Self::Store(_) => "unavailable",
        }
    }
}

impl From<OpenError> for LoginError {
    fn from(error: OpenError) -> Self {
        match error {
            // The password was right a moment ago and is no longer.
            OpenError::CredentialsMoved | OpenError::ChallengeSpent => Self::InvalidCredentials,
            OpenError::NotActive => Self::NotActive,
            OpenError::Tokens => Self::Internal("issuing tokens"),
            OpenError::Store(error) => Self::Store(error),
        }
    }
}

/// Opens sessions.
pub(super) struct SessionOpening {
    pub env: Arc<FlowEnvironment>,
    pub sessions: Arc<Sessions>,
    pub devices: Arc<Devices>,
    pub geoip: Arc<GeoIp>,
    pub anomalies: Anomalies,
    pub email_verification: EmailVerification,
}

impl SessionOpening {
    /// Whether an account may log in. Asked only once its first factor is verified.
    pub fn admit(&self, account: &Account) -> Result<(), LoginError> {
        if account.status != Status::Active {
            return Err(LoginError::NotActive);
        }
        if self.email_verification == EmailVerification::Required && !account.email_verified {
            return Err(LoginError::NotVerified);
        }
        let now = self.env.now();
        if let Some(until) = account.mfa_reset_until.filter(|until| *until > now) {
            return Err(LoginError::ResetPending { retry_after: retry_after(until.since(now)) });
        }
        Ok(())
    }

    /// Whether a login comes from an unexpected place, so that no device may stand in for the second factor: from a
    /// new country, or from one that cannot be reached so fast.
    pub async fn is_unexpected(
        &self,
        account: &Account,
        context: &RequestContext,
    ) -> Result<bool, StoreError> {
        if !self.anomalies.step_up {
            return Ok(false);
        }
        let odd = self.env.store.odd_place(account.user.id, &self.place(context), self.env.now()).await?;
        Ok(odd.is_some())
    }

    /// The id that a device has in its next token: its present one, or a new one.
    pub fn device_id(&self, known: Option<&KnownDevice>) -> Uuid {
        self.devices.id_of(known)
    }

    /// Opens the session of an authenticated login, and makes its device a known one.
    ///
    /// # Errors
    /// [`LoginError`]; then nothing was spent that the login rests on, unless it had been spent before.
    pub async fn open(&self, login: AuthenticatedLogin<'_>) -> Result<LoggedIn, LoginError> {
        let lookout = self.lookout(&login)?;
        let if_erasing = self.cancelled_erasure(&login)?;
        let AuthenticatedLogin { account, client, known_device, device_trusted_for, .. } = login;
        let login = Login {
            user_id: account.user.id,
            credential_epoch: account.credential_epoch,
            amr: login.amr,
            device: client.device,
            network: client.network,
            replaces: client.replaces,
            context: client.context,
            known_device: Some(known_device),
            attempt: login.attempt,
            second_factor: login.second_factor,
            lookout,
            if_erasing,
        };
        let tokens = self.sessions.open(login).await?;
        let device_token = self.devices.token(owner_of(Some(account)), known_device);
        Ok(LoggedIn { tokens, device_token, device_trusted_for })
    }

    /// What the transaction looks at, with the mails that it may have to write.
    fn lookout(&self, login: &AuthenticatedLogin<'_>) -> Result<AnomalyCheck, StoreError> {
        let composer = &self.env.composer;
        let (at, to) = (self.env.now(), addressee::owner(login.account));
        let place = mail_place(&login.client);
        let arrival = self.place(&login.client.context);
        let unusual = arrival.location.as_ref().map(|location| {
            let location = location.to_string();
            composer.mail(&to, Notice::UnusualLogin { location, at, place: place.clone() })
        });
        Ok(AnomalyCheck {
            if_odd_place: unusual.transpose()?,
            if_new_device: Some(composer.mail(&to, Notice::NewDevice { at, place })?),
            arrival,
        })
    }

    /// The login of a user who is to be erased cancels the erasure.
    fn cancelled_erasure(&self, login: &AuthenticatedLogin<'_>) -> Result<Option<Effects>, StoreError> {
        let AuthenticatedLogin { account, client, .. } = login;
        if account.erase_at.is_none() {
            return Ok(None);
        }
        let event = self.env.event(EventKind::ErasureCancelled, client.context.clone());
        let event = event.about(account.user.id).by(account.user.id);
        let notice = Notice::ErasureCancelled { at: self.env.now(), place: mail_place(client) };
        let mail = self.env.composer.mail(&addressee::owner(account), notice)?;
        Ok(Some(Effects::of(event).telling(mail)))
    }

    fn place(&self, context: &RequestContext) -> LoginPlace {
        let impossible_speed = self.anomalies.impossible_speed;
        LoginPlace { location: self.geoip.locate(context), impossible_speed }
    }
}

fn mail_place(client: &LoginClient) -> Place {
    Place { device: DeviceName::of(&client.device), network: client.network.clone() }
}
