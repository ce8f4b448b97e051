//! Flows in which someone authenticates, or manages what they authenticate with.

mod addressee;
mod background_tasks;
mod captcha;
mod devices;
mod email_change;
mod environment;
mod links;
mod mfa;
mod new_password;
mod passkey;
mod password;
mod recovery;
mod registration;
mod services;
mod session_opening;

use std::time::Duration;

pub use background_tasks::BackgroundTasks;
pub use captcha::{Captcha, CaptchaError, CaptchaParts, Challenge};
pub use devices::{Devices, KnownDevice};
pub use email_change::{ConfirmEmailError, EmailChangeError, EmailChangeRequest, EmailChanges};
pub use environment::FlowEnvironment;
pub use links::LinkRequestError;
pub use mfa::{
    BackupCodes, BackupCodesError, ChallengedFactor, ConfirmedPhone, EnrollmentError, FactorChallenge,
    FactorError, FactorOwner, FactorVerifier, LoginChallenge, Mfa, PresentedFactor, SecondFactors,
    SecondStepError, SecondStepRequest, SmsEnrollmentError, SmsNumbers, SmsSent, StepUpChallengeRequest,
    StepUpCredential, StepUpError, StepUpRequest, TotpEnrollment, TotpFactors,
};
pub use new_password::NewPasswordError;
pub use passkey::{
    PasskeyError, PasskeyLoginError, PasskeyLoginRequest, PasskeyRequest, PasskeyVerifier, Passkeys,
};
pub use password::{
    ChangeError, ChangeRequest, LoginDelays, LoginOutcome, LoginRequest, PasswordVerificationError, Passwords,
};
pub use recovery::{Recovery, ResetError, ResetRequest};
pub use registration::{
    EmailCredential, RegisterError, RegisterOutcome, RegisterRequest, Registered, Registration,
    VerifyEmailError, VerifyEmailRequest,
};
pub use services::{Authn, AuthnParts};
pub use session_opening::{LoggedIn, LoginError};

/// Whole seconds, rounded up, so that a client that waits for them is not refused again.
fn retry_after(span: Duration) -> u32 {
    u32::try_from(span.as_micros().div_ceil(1_000_000)).unwrap_or(u32::MAX).max(1)
}
