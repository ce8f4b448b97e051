//! What every flow uses: the database, messages, time, randomness and metrics.

use std::sync::Arc;

use uuid::Uuid;

use super::logged_in::LoggedIn;
use crate::clock::{Clock, Timestamp};
use crate::entropy::{Entropy, uuid_v7};
use crate::model::account::Status;
use crate::model::cookie_generation::Cohort;
use crate::model::principal::{ActingSession, Principal};
use crate::model::security_event::{EventKind, RequestContext, SecurityEvent};
use crate::model::throttle::OtherRule;
use crate::model::transport::Transport;
use crate::notification::Composer;
use crate::secret::Secret;
use crate::session::cookie_rollout::CookieRollout;
use crate::store::account::Account;
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::{LoginAttemptOutcome, LoginFailureReason, LoginMethod, Metrics};
use crate::throttle::{Attempt, Throttle, Throttled};

/// The database and the other facilities of all flows. One instance is shared by all services.
pub struct FlowEnvironment {
    pub store: Arc<Store>,
    pub composer: Composer,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Metrics,
    pub throttle: Arc<Throttle>,
    /// For the counts of logins.
    pub rollout: Arc<CookieRollout>,
}

impl FlowEnvironment {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id, whose order is that of time.
    pub(super) fn new_id(&self) -> Uuid {
        uuid_v7(self.entropy.as_ref(), self.clock.now())
    }

    /// A security event of this moment.
    pub(super) fn event(&self, kind: EventKind, context: RequestContext) -> SecurityEvent {
        let now = self.clock.now();
        SecurityEvent::new(uuid_v7(self.entropy.as_ref(), now), kind, context, now)
    }

    /// An event about the account of a principal, in the principal's session.
    pub(super) fn event_by(&self, principal: &Principal, kind: EventKind) -> SecurityEvent {
        self.event(kind, principal.context.clone()).by_owner(principal.acting_session)
    }

    /// Counts a login by its method, and by the generation of the cookies that the user gets.
    pub(super) fn count_login(&self, method: LoginMethod, outcome: LoginAttemptOutcome, cohort: Cohort) {
        self.metrics.logins.with_label_values(&[method.as_str(), outcome.as_str(), cohort.as_str()]).inc();
    }

    /// Counts a login that failed. No one gets cookies for it.
    pub(super) fn count_failed_login(&self, method: LoginMethod, reason: LoginFailureReason) {
        self.count_login(method, LoginAttemptOutcome::Failure, Cohort::NoCookies);
        self.metrics.login_failures.with_label_values(&[reason.as_str()]).inc();
    }

    /// The cohort of someone who has logged in.
    pub(super) fn cohort(&self, login: &LoggedIn, transport: Transport) -> Cohort {
        self.rollout.cohort_of(transport, login.tokens.user.id)
    }

    /// Counts a refusal by a limit.
    pub(super) fn note_refused(&self, rule: OtherRule) {
        self.metrics.rate_limited.with_label_values(&[rule.as_str()]).inc();
    }

    /// Counts an attempt to log in against the limits of the client's network, before it is evaluated. `captcha` is the
    /// answer to a challenge.
    pub(super) async fn attempt(
        &self,
        context: &RequestContext,
        captcha: Option<&Secret<String>>,
    ) -> Result<Attempt, Throttled> {
        let address = context.address.as_deref().and_then(|address| address.parse().ok());
        self.throttle.attempt(address, captcha).await
    }

    /// The account that a session acts for, or `None` if the account is not active or the session has been revoked.
    /// An access token is not enough to know that: the account may have been disabled since it was issued, and the
    /// session may have been revoked at a node whose message has not arrived here.
    pub(super) async fn acting_account(
        &self,
        ActingSession { user_id, session_id }: ActingSession,
    ) -> Result<Option<Account>, StoreError> {
        if !self.store.is_live(user_id, session_id).await? {
            return Ok(None);
        }
        let account = self.store.account_by_id(user_id).await?;
        Ok(account.filter(|account| account.status == Status::Active))
    }
}

impl std::fmt::Debug for FlowEnvironment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FlowEnvironment")
    }
}
