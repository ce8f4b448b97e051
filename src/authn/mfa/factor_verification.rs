//! Verification of a second factor: one way in for all flows, so that the attempts of all of them are counted together.
//!
//! An attempt is reserved before the code is compared, and counts as wrong until it is settled along with the spending
//! of the code, in the transaction of what the code is for.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::backup_codes::BackupCodes;
use super::factor::{FactorError, PresentedFactor, Verdict, VerifiedFactor, factor_detail};
use super::sms_code::SmsCodes;
use super::totp::TotpFactors;
use crate::authn::counted_attempt::{Attempt, CountedAttempt, Withdrawals};
use crate::authn::environment::FlowEnvironment;
use crate::authn::passkey::verification::PasskeyVerifier;
use crate::authn::{addressee, retry_after};
use crate::model::factor::{Factor, Flow};
use crate::model::notice::{Notice, Place};
use crate::model::security_event::{EventKind, RequestContext};
use crate::model::throttle::OtherRule;
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::factor_attempt::{
    AttemptLimits, FactorLock, FactorReservation, ReservationOutcome,
};
use crate::store::credential::reauthentication::FactorSpending;
use crate::store::{Effects, StoreError};
use crate::telemetry::metrics::FactorOutcome;

/// `Retry-After` of a factor that is disabled until an administrator unlocks the account, in seconds: a day.
const DISABLED_RETRY_AFTER: u32 = 86_400;
/// How often, and after which pauses, an attempt is reserved when others have taken all that are left.
const TURNS: u32 = 20;
const TURN: Duration = Duration::from_millis(100);

/// Verifies factors of every kind and counts the attempts.
pub struct FactorVerifier {
    pub(in crate::authn) env: Arc<FlowEnvironment>,
    pub(in crate::authn) limits: AttemptLimits,
    pub(in crate::authn) totp: Arc<TotpFactors>,
    pub(in crate::authn) backup_codes: Arc<BackupCodes>,
    pub(in crate::authn) sms_codes: Arc<SmsCodes>,
    pub(in crate::authn) passkeys: Arc<PasskeyVerifier>,
    pub(in crate::authn) withdrawals: Withdrawals,
}

impl FactorVerifier {
    /// Verifies a second factor. It is to be spent in the transaction of what it is for, whose result the caller reports
    /// to [`FactorVerifier::accept`], [`FactorVerifier::refuse_used`] or `give_up`. Wrong ones count for the account and
    /// the factor, no matter in which flow they are tried.
    ///
    /// # Errors
    /// [`FactorError`]; then it is counted, and nothing is left to be done.
    pub async fn verify(
        &self,
        account: &Account,
        presented: &PresentedFactor,
        flow: Flow,
        context: &RequestContext,
    ) -> Result<VerifiedFactor, FactorError> {
        let result = match presented {
            PresentedFactor::Webauthn(credential) => {
                self.passkeys.verify(account.user.id, flow, credential, context).await
            }
            _ => self.verify_code(account, presented, (flow, context)).await,
        };
        if let Err(error) = &result {
            self.count(presented.factor(), Some(error));
        }
        result
    }

    /// The factor is spent.
    pub fn accept(&self, verified: VerifiedFactor) {
        self.count(verified.factor, None);
        verified.settled();
    }

    /// The factor was right, and is not spent: what it was for has failed, or was not needed. Its attempt is withdrawn.
    pub(in crate::authn) fn give_up(&self, verified: VerifiedFactor, outcome: FactorOutcome) {
        self.count_outcome(verified.factor, outcome);
    }

    /// The factor could not be spent: since it was verified another request has used it, or its attempts were locked.
    /// Gives the error to answer with.
    ///
    /// # Errors
    /// [`StoreError`]; then the refusal is not recorded.
    pub async fn refuse_used(
        &self,
        account: &Account,
        verified: VerifiedFactor,
        context: &RequestContext,
    ) -> Result<FactorError, StoreError> {
        let VerifiedFactor { factor, flow, counted, .. } = verified;
        let error = self.refuse_spent(account, factor, counted, (flow, context)).await?;
        self.count(factor, Some(&error));
        Ok(error)
    }

    /// Counts the result in the metric, unless nothing was tried.
    fn count(&self, factor: Factor, error: Option<&FactorError>) {
        if matches!(error, Some(FactorError::Limited { .. })) {
            self.env.note_refused(OtherRule::FactorLock);
        }
        let outcome = match error {
            Some(FactorError::NotACode) => return,
            None => FactorOutcome::Success,
            Some(FactorError::Limited { .. }) => FactorOutcome::Limited,
            Some(FactorError::Wrong | FactorError::NotEnrolled) => FactorOutcome::Failure,
            Some(_) => FactorOutcome::Unavailable,
        };
        self.count_outcome(factor, outcome);
    }

    fn count_outcome(&self, factor: Factor, outcome: FactorOutcome) {
        self.env.metrics.second_factors.with_label_values(&[factor.as_str(), outcome.as_str()]).inc();
    }

    /// Reserves an attempt for what can be a code, verifies it, and settles the attempt unless the code is right: then
    /// it is settled when the code is spent.
    async fn verify_code(
        &self,
        account: &Account,
        presented: &PresentedFactor,
        (flow, context): (Flow, &RequestContext),
    ) -> Result<VerifiedFactor, FactorError> {
        let factor = presented.factor();
        let code = presented.code().ok_or(FactorError::NotACode)?;
        let attempt = self.reserve(account, factor).await?;
        match self.compare(account, (factor, &code), (flow, context)).await {
            Ok(Verdict::Right(spent)) => {
                let spending = FactorSpending { factor: spent, attempt: Some(attempt) };
                let counted = Some(self.counted(attempt));
                Ok(VerifiedFactor { factor, flow, methods: factor.amr(), spending, counted })
            }
            Ok(Verdict::Spent) => {
                let counted = Some(self.counted(attempt));
                Err(self.refuse_spent(account, factor, counted, (flow, context)).await?)
            }
            Ok(Verdict::Wrong) => {
                self.record_failure(account, factor, (flow, context), "wrong").await?;
                self.lock_if_last(account, attempt, context).await?;
                Err(FactorError::Wrong)
            }
            Err(error) => {
                // The code was not compared. Dropped before it is settled, the attempt is withdrawn.
                drop(self.counted(attempt));
                Err(error)
            }
        }
    }

    async fn compare(
        &self,
        account: &Account,
        (factor, code): (Factor, &Secret<String>),
        (flow, context): (Flow, &RequestContext),
    ) -> Result<Verdict, FactorError> {
        let user_id = account.user.id;
        match factor {
            Factor::Totp => self.totp.check(user_id, code).await,
            Factor::BackupCode => self.backup_codes.check(account, code, flow, context).await,
            Factor::Sms => self.sms_codes.check(user_id, flow, code).await,
            Factor::Webauthn => Err(FactorError::Internal("a passkey is not a code")),
        }
    }

    /// A right factor that can no longer be spent: it verifies nothing, and it is not counted as a guess.
    async fn refuse_spent(
        &self,
        account: &Account,
        factor: Factor,
        counted: Option<CountedAttempt>,
        told: (Flow, &RequestContext),
    ) -> Result<FactorError, StoreError> {
        if let Some(counted) = counted {
            counted.withdraw().await?;
        }
        self.record_failure(account, factor, told, "spent").await?;
        Ok(FactorError::Wrong)
    }

    fn counted(&self, attempt: FactorReservation) -> CountedAttempt {
        CountedAttempt::new(Attempt::Code(attempt), &self.withdrawals)
    }

    /// Counts the attempt as wrong. If others have taken all attempts that are left, theirs may turn out right, so this
    /// one waits for them.
    async fn reserve(&self, account: &Account, factor: Factor) -> Result<FactorReservation, FactorError> {
        for _ in 0..TURNS {
            let now = self.env.now();
            let reserved = self.env.store.reserve_factor_attempt(account.user.id, factor, self.limits, now);
            match reserved.await? {
                ReservationOutcome::Yes(attempt) => return Ok(attempt),
                ReservationOutcome::LockedUntil(until) => {
                    return Err(FactorError::Limited { retry_after: retry_after(until.since(now)) });
                }
                ReservationOutcome::Disabled => {
                    return Err(FactorError::Limited { retry_after: DISABLED_RETRY_AFTER });
                }
                ReservationOutcome::InTurn => tokio::time::sleep(TURN).await,
            }
        }
        Err(FactorError::Limited { retry_after: 1 })
    }

    async fn record_failure(
        &self,
        account: &Account,
        factor: Factor,
        (flow, context): (Flow, &RequestContext),
        reason: &str,
    ) -> Result<(), StoreError> {
        let detail = json!({ "factor": factor.as_str(), "for": flow.purpose.as_str(), "reason": reason });
        let event = self.env.event(EventKind::FactorFailed, context.clone()).about(account.user.id);
        self.env.store.record(&Effects::of(event.with(detail))).await
    }

    /// Locks the factor after its last attempt. The owner gets a mail: someone who gets so far knows the password or holds
    /// the session.
    async fn lock_if_last(
        &self,
        account: &Account,
        attempt: FactorReservation,
        context: &RequestContext,
    ) -> Result<(), FactorError> {
        let limits = self.limits;
        if attempt.recent < i64::from(limits.max_failures) {
            return Ok(());
        }
        let event = self.env.event(EventKind::FactorLocked, context.clone()).about(account.user.id);
        let event = event.with(factor_detail(attempt.factor, json!({ "failures": attempt.consecutive })));
        let at = event.at;
        let notice = Notice::FactorLocked { factor: attempt.factor, at, place: Place::of(context) };
        let mail = self.env.composer.mail(&addressee::owner(account), notice)?;
        let effects = Effects::of(event).telling(mail);
        self.env.store.lock_factor(&FactorLock { reservation: attempt, limits, at, effects }).await?;
        Ok(())
    }
}

impl std::fmt::Debug for FactorVerifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FactorVerifier")
    }
}
