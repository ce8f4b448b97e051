//! Passkeys: enrolled, named and removed, and the login with a passkey alone.

mod abandonment;
mod ceremony;
mod enrollment;
mod login;
mod management;
pub(super) mod verification;

use std::sync::Arc;

pub use enrollment::{PasskeyError, PasskeyRequest};
pub use login::{PasskeyLoginError, PasskeyLoginRequest};
pub use verification::PasskeyVerifier;

pub(super) use abandonment::BegunEnrollments;
pub(super) use ceremony::Ceremonies;

use super::devices::Devices;
use super::environment::FlowEnvironment;
use super::mfa::backup_codes::BackupCodes;
use super::mfa::factor_change::FactorChanges;
use super::session_opening::SessionOpening;

/// The service for passkeys.
pub struct Passkeys {
    pub(super) env: Arc<FlowEnvironment>,
    /// Passkeys as second factors.
    pub verifier: Arc<PasskeyVerifier>,
    pub(super) changes: Arc<FactorChanges>,
    pub(super) backup_codes: Arc<BackupCodes>,
    pub(super) devices: Arc<Devices>,
    pub(super) opening: Arc<SessionOpening>,
    pub(super) begun: BegunEnrollments,
}

impl std::fmt::Debug for Passkeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Passkeys")
    }
}
