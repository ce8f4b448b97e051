//! Flows in which someone authenticates, or manages what they authenticate with.

mod addressee;
mod background_tasks;
mod captcha;
mod counted_attempt;
mod devices;
mod email_change;
mod environment;
mod federation;
mod first_credential;
mod identities;
mod link_actions;
mod link_views;
mod links;
mod logged_in;
mod login_codes;
mod mfa;
mod new_password;
mod passkey;
mod password;
mod recovery;
mod registration;
mod services;
mod session_opening;

use std::time::Duration;

pub use mfa::{
    ChallengedFactor, FactorChallenge, FactorError, PresentedFactor, SmsEnrollmentError, SmsSent,
    VerifiedFactor,
};
pub use services::Authn;

pub(crate) use captcha::{Captcha, CaptchaError, CaptchaParts, Challenge};
pub(crate) use email_change::{ConfirmEmailError, EmailChangeError, EmailChangeRequest};
pub(crate) use environment::FlowEnvironment;
pub(crate) use federation::{
    BackchannelError, CallbackRequest, CompletionAnswers, CompletionRequest, FederatedLoginError,
    FederatedOutcome, IdTokenRequest, IdentityLinkError, LinkTicketRequest, LoginStart, NoTarget,
    ReturnedWith, StartError,
};
pub(crate) use first_credential::{FirstCredentialError, FirstPasskeyRequest, FirstPasswordRequest};
pub(crate) use identities::{IdentityError, OwnIdentity};
pub(crate) use link_actions::{LinkActionError, LinkActionRequest};
pub(crate) use link_views::{LinkStatus, LinkView};
pub(crate) use links::LinkRequestError;
pub(crate) use login_codes::PresentedCode;
pub(crate) use mfa::{
    BackupCodesError, EnrollmentError, LoginChallenge, SecondStepError, SecondStepRequest,
    StepUpChallengeRequest, StepUpCredential, StepUpError, StepUpRequest,
};
pub(crate) use new_password::NewPasswordError;
pub(crate) use passkey::{PasskeyError, PasskeyLoginError, PasskeyLoginRequest, PasskeyRequest};
pub(crate) use password::{ChangeError, ChangeRequest, LoginDelays, LoginOutcome, LoginRequest};
pub(crate) use recovery::{ResetError, ResetRequest};
pub(crate) use registration::{
    EmailCredential, RegisterError, RegisterOutcome, RegisterRequest, Registered, VerifyEmailError,
    VerifyEmailRequest,
};
pub(crate) use services::AuthnParts;
pub(crate) use session_opening::{LoggedIn, LoginError};

/// Whole seconds, rounded up, so that a client that waits for them is not refused again.
fn retry_after(span: Duration) -> u32 {
    u32::try_from(span.as_micros().div_ceil(1_000_000)).unwrap_or(u32::MAX).max(1)
}
