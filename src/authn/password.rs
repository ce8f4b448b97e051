//! Passwords: the login with one, and the change of one that is known.

mod change;
mod login;
pub(super) mod login_delays;
pub(super) mod verification;

use std::sync::Arc;

pub use change::{ChangeError, ChangeRequest};
pub use login::{LoginOutcome, LoginRequest};
pub use login_delays::LoginDelays;
pub use verification::PasswordVerificationError;

use self::verification::PasswordVerifier;
use super::devices::Devices;
use super::environment::FlowEnvironment;
use super::mfa::LoginChallenges;
use super::registration::PendingRegistrations;
use super::session_opening::SessionOpening;
use crate::crypto::password::PasswordPool;
use crate::model::factor::MfaEnforcement;
use crate::session::Sessions;

/// The service for passwords.
pub struct Passwords {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) hashing: Arc<PasswordPool>,
    pub(super) verifier: Arc<PasswordVerifier>,
    pub(super) devices: Arc<Devices>,
    /// Addresses that have a registration and no account answer like accounts.
    pub(super) pending: Arc<PendingRegistrations>,
    pub(super) challenges: Arc<LoginChallenges>,
    pub(super) opening: Arc<SessionOpening>,
    /// Whether second factors are asked for.
    pub(super) enforcement: MfaEnforcement,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Passwords")
    }
}
