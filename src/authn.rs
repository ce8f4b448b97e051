//! Flows in which somebody proves who they are.

mod anomaly;
mod background_tasks;
mod backup_codes;
mod ceremony;
mod email_change;
mod email_verification;
mod factor_challenge;
mod factor_owner;
mod factor_proof;
mod known_device;
mod link;
mod link_request;
mod login;
mod login_delays;
mod new_password;
mod passkey_enrollment;
mod passkey_keeping;
mod passkey_login;
mod passkey_proof;
mod password_change;
mod password_proof;
mod password_reset;
mod pending_registration;
mod register;
mod requested_link;
mod second_step;
mod sms_code;
mod sms_enrollment;
mod step_up;
mod totp;
mod trusted_device;

use std::sync::Arc;
use std::time::Duration;

pub use background_tasks::BackgroundTasks;
pub use backup_codes::BackupCodesError;
pub use email_change::{ConfirmEmailError, EmailChangeError, EmailChangeRequest};
pub use email_verification::{EmailProof, VerifyEmailError, VerifyEmailRequest};
pub use factor_challenge::{ChallengedFactor, FactorChallenge, StepUpChallengeRequest};
pub use factor_owner::{ConfirmedPhone, FactorOwner, SecondFactors};
pub use factor_proof::{FactorError, FactorProof};
pub use known_device::KnownDevice;
pub use link_request::LinkRequestError;
pub use login::{LoggedIn, LoginError, LoginOutcome, LoginRequest};
pub use login_delays::LoginDelays;
pub use new_password::NewPasswordError;
pub use passkey_enrollment::{PasskeyError, PasskeyRequest};
pub use passkey_login::{PasskeyLoginError, PasskeyLoginRequest};
pub use password_change::{ChangeError, ChangeRequest};
pub use password_proof::{ProofError, Proven};
pub use password_reset::{ResetError, ResetRequest};
pub use register::{RegisterError, RegisterOutcome, RegisterRequest, Registered};
pub use second_step::{LoginChallenge, SecondStepError, SecondStepRequest};
pub use sms_code::SmsSent;
pub use sms_enrollment::SmsEnrollmentError;
pub use step_up::{StepUpError, StepUpProof, StepUpRequest};
pub use totp::{EnrollmentError, TotpEnrollment};

use crate::clock::Clock;
use crate::config::{Accounts, Anomalies, Mfa, PasswordLimits, Quotas, Webauthn};
use crate::crypto::password::PasswordPool;
use crate::crypto::webauthn::RelyingParty;
use crate::entropy::{Entropy, uuid_v7};
use crate::geoip::GeoIp;
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::notification::{self, Addressee, Composer};
use crate::session::Sessions;
use crate::store::Store;
use crate::store::account::Account;
use crate::telemetry::metrics::Metrics;

/// What the flows need. Their methods must run on the runtime that the store was opened on.
pub struct Authn {
    pub store: Arc<Store>,
    pub sessions: Arc<Sessions>,
    /// Shared with administration and import.
    pub passwords: Arc<PasswordPool>,
    pub composer: Composer,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Metrics,
    pub rules: Accounts,
    pub mfa: Mfa,
    pub anomalies: Anomalies,
    pub geoip: Arc<GeoIp>,
    /// The quotas for messages, as they are configured.
    pub quotas: Quotas,
    /// What is left of them.
    pub outgoing: Arc<notification::quota::Quotas>,
    pub webauthn: Webauthn,
    pub relying_party: RelyingParty,
    pub password_limits: PasswordLimits,
    pub login_delays: Arc<LoginDelays>,
    pub background_tasks: BackgroundTasks,
}

impl Authn {
    fn event(&self, kind: EventKind, context: RequestContext) -> SecurityEvent {
        let now = self.clock.now();
        SecurityEvent::new(uuid_v7(self.entropy.as_ref(), now), kind, context, now)
    }
}

/// The account's owner, as mails are addressed.
fn addressee(account: &Account) -> Addressee {
    Addressee {
        user_id: Some(account.user.id),
        to: account.user.email.clone(),
        display_name: account.display_name.clone(),
        locale: account.locale.clone(),
        is_proven: account.email_verified,
        known_device: false,
    }
}

/// Whole seconds, rounded up: who waits so long is not sent away again.
fn retry_after(span: Duration) -> u32 {
    u32::try_from(span.as_micros().div_ceil(1_000_000)).unwrap_or(u32::MAX).max(1)
}

impl std::fmt::Debug for Authn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Authn")
    }
}
