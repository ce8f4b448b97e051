//! The one way from an authenticated login to a session, whatever it was authenticated by.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::devices::{Devices, KnownDevice, owner_of};
use super::environment::FlowEnvironment;
pub use super::logged_in::LoggedIn;
use super::{addressee, retry_after};
use crate::clock::Timestamp;
use crate::config::{Anomalies, EmailVerification};
use crate::geoip::GeoIp;
use crate::model::account::Status;
use crate::model::notice::{DeviceName, Help, Notice, Place};
use crate::model::security_event::{EventKind, RequestContext};
use crate::session::signing_pool::IssueError;
use crate::session::{OpenError, Sessions};
use crate::store::account::Account;
use crate::store::session::login::{AuthenticatedLogin, LoginFindings};
use crate::store::{Effects, LoginPlace, StoreError};
use crate::telemetry::metrics::LoginFailureReason;
use crate::throttle::Throttled;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("the address or the password is wrong")]
    InvalidCredentials,
    /// Unknown devices have to wait, whether the address has an account or not.
    #[error("too many wrong passwords; try again in {retry_after} seconds")]
    Delayed { retry_after: u32 },
    /// The network of the client has failed too often.
    #[error(transparent)]
    Throttled(#[from] Throttled),
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
    pub(super) const fn reason(&self) -> LoginFailureReason {
        match self {
            Self::InvalidCredentials => LoginFailureReason::InvalidCredentials,
            Self::Delayed { .. } | Self::Throttled(Throttled::Exceeded(_)) => LoginFailureReason::RateLimited,
            Self::Throttled(Throttled::ChallengeRequired(_)) => LoginFailureReason::CaptchaRequired,
            Self::Throttled(Throttled::ChallengeInvalid(_)) => LoginFailureReason::CaptchaInvalid,
            Self::NotActive => LoginFailureReason::NotActive,
            Self::NotVerified => LoginFailureReason::NotVerified,
            Self::ResetPending { .. } => LoginFailureReason::MfaResetPending,
            Self::Overloaded => LoginFailureReason::Overloaded,
            Self::Internal(_) | Self::Store(_) => LoginFailureReason::Unavailable,
        }
    }
}

impl From<OpenError> for LoginError {
    fn from(error: OpenError) -> Self {
        match error {
            // What was verified was right a moment ago and is no longer.
            OpenError::CredentialsMoved | OpenError::FactorSpent | OpenError::ChallengeSpent => {
                Self::InvalidCredentials
            }
            OpenError::NotActive => Self::NotActive,
            OpenError::Tokens(IssueError::Overloaded(_)) => Self::Overloaded,
            // The keys are being replaced, and this node reads the new ones within a second: as at a refresh, the client
            // tries again.
            OpenError::Tokens(error @ IssueError::Key(_)) => {
                Self::Store(StoreError::Unavailable(error.to_string()))
            }
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

    /// Opens the session of an authenticated login, and makes its device a known one. `trusted_until` is until when the
    /// device stands in for the second factor, if it does.
    ///
    /// # Errors
    /// [`OpenError`]; then nothing was spent that the login rests on. Where the tokens could not be signed, it was, and
    /// where the answer of the database was lost, it may have been.
    pub async fn open(
        &self,
        login: &AuthenticatedLogin<'_>,
        trusted_until: Option<Timestamp>,
    ) -> Result<LoggedIn, OpenError> {
        let place = self.place(&login.client.context);
        let compose = |found: &LoginFindings| self.effects(login, &place, found);
        let tokens = self.sessions.open(login, &place, compose).await?;
        let device_token = self.devices.token(owner_of(Some(login.account)), login.known_device);
        let device_trusted_for = trusted_until.map(|until| until.since(self.env.now()));
        Ok(LoggedIn { tokens, device_token, device_trusted_for })
    }

    /// The events and mails of a login. One of a user who is to be erased cancels the erasure.
    fn effects(
        &self,
        login: &AuthenticatedLogin<'_>,
        place: &LoginPlace,
        found: &LoginFindings,
    ) -> Result<Effects, StoreError> {
        let AuthenticatedLogin { account, client, second_factor, .. } = login;
        let user = account.user.id;
        let event = |kind| self.env.event(kind, client.context.clone()).about(user).by(user);
        let mail = |notice| self.env.composer.mail(&addressee::owner(account), notice);
        let detail = json!({ "amr": login.amr.names(), "device": second_factor.device });
        let succeeded = event(EventKind::LoginSucceeded).in_session(found.session_id);
        let mut effects = Effects::of(succeeded.with(detail));
        let (at, device) = (self.env.now(), DeviceName::of(&client.device));
        let location = place.location.as_ref().map(ToString::to_string);
        let from = Place { device, network: client.network.clone(), location, address: None };
        if second_factor.waived {
            effects = effects.and(event(EventKind::MfaWaived).in_session(found.session_id));
        }
        if found.erasure_cancelled {
            let notice = Notice::ErasureCancelled { at, place: from.clone() };
            effects = effects.and(event(EventKind::ErasureCancelled)).telling(mail(notice)?);
        }
        if let Some(trust) = &second_factor.trust {
            effects = effects.and(event(EventKind::DeviceTrusted).with(json!({ "device": trust.id })));
        }
        if let Some(anomaly) = &found.anomaly {
            let anomalous = event(EventKind::LoginAnomalous).in_session(found.session_id);
            let location = place.location.as_ref().filter(|_| anomaly.reason.is_of_place());
            let notice = match location {
                Some(location) => Notice::UnusualLogin { location: location.to_string(), at, place: from },
                None => Notice::NewDevice { at, place: from },
            };
            let help = Help::EndSession(found.session_id);
            let message = self.env.composer.mail_with_help(&addressee::owner(account), notice, help)?;
            effects = effects.and(anomalous.with(anomaly.detail())).telling(message);
        }
        Ok(effects)
    }

    fn place(&self, context: &RequestContext) -> LoginPlace {
        let impossible_speed = self.anomalies.impossible_speed;
        LoginPlace { location: self.geoip.locate(context), impossible_speed }
    }
}
