//! Logins with another provider: begun, answered by the provider, and completed by the application.

mod address;
mod callback;
mod completion;
mod linking;
mod logout;
mod native;
mod settlement;
mod start;

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

pub use callback::{CallbackRequest, NoTarget, ReturnedWith};
pub use completion::{CompletionAnswers, CompletionRequest, FederatedLoginError, FederatedOutcome};
pub use linking::IdentityLinkError;
pub use logout::BackchannelError;
pub use native::IdTokenRequest;
pub use start::{LinkTicketRequest, LoginStart, StartError};

use super::devices::Devices;
use super::environment::FlowEnvironment;
use super::links::Links;
use super::login_codes::LoginCodes;
use super::mfa::LoginChallenges;
use super::session_opening::SessionOpening;
use crate::config::Accounts;
use crate::federation::{Providers, Sealing};
use crate::model::factor::MfaEnforcement;
use crate::session::Sessions;

/// How many requests may wait for a provider at a time. Others are refused, so that a provider that is slow holds up nothing
/// but the logins with providers.
pub(super) const MOST_WAITING: usize = 64;

/// The service for logins with other providers.
pub struct FederatedLogins {
    pub(super) env: Arc<FlowEnvironment>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) providers: Arc<Providers>,
    pub(super) codes: Arc<LoginCodes>,
    pub(super) challenges: Arc<LoginChallenges>,
    pub(super) opening: Arc<SessionOpening>,
    pub(super) devices: Arc<Devices>,
    pub(super) links: Arc<Links>,
    pub(super) rules: Accounts,
    pub(super) enforcement: MfaEnforcement,
    /// The places of those who wait for a provider.
    pub(super) waiting: Semaphore,
}

impl FederatedLogins {
    fn sealing(&self) -> Sealing<'_> {
        self.codes.sealing()
    }

    /// A place among those who wait for a provider, if one is free.
    fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.waiting.try_acquire().ok()
    }
}

impl std::fmt::Debug for FederatedLogins {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FederatedLogins")
    }
}
