//! A second factor as a proof: one way in for all flows, so that the attempts of all of them are counted together.

use serde_json::{Value, json};

use super::password_proof::{TURN, TURNS};
use super::{Authn, addressee, retry_after};
use crate::crypto::password::HashError;
use crate::model::assurance::Amr;
use crate::model::factor::{Factor, Flow};
use crate::model::notice::{Notice, Place};
use crate::model::security_event::{EventKind, RequestContext};
use crate::notification::Unsealable;
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::authenticator::factor_attempt::{AttemptLimits, FactorLock, FactorReservation, Reserved};
use crate::store::credential::proof_spending::{FactorSpending, SpentFactor};
use crate::store::{Effects, StoreError};

/// What `Retry-After` says of a factor that is disabled until somebody resets it, in seconds: a day.
const NOT_SOON: u32 = 86_400;

/// What somebody presents.
#[derive(Debug)]
pub enum FactorProof {
    Totp(Secret<String>),
    BackupCode(Secret<String>),
    Sms(Secret<String>),
    /// The answer of `navigator.credentials.get()`.
    Webauthn(Box<Value>),
}

/// Why a second factor proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// Wrong, spent, too old, for another flow, or there is no such factor: one answer.
    #[error("the second factor is not valid")]
    Wrong,
    /// The account has no such factor that could be challenged.
    #[error("the account has no such second factor")]
    NotEnrolled,
    /// Too many wrong ones, or too many messages.
    #[error("too many attempts; try again in {retry_after} seconds")]
    Limited { retry_after: u32 },
    #[error("too many secrets are waiting to be hashed")]
    Overloaded,
    #[error("a second factor failed inside: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HashError> for FactorError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Failed => Self::Internal("hashing a code"),
        }
    }
}

impl From<Unsealable> for FactorError {
    fn from(_: Unsealable) -> Self {
        Self::Internal("sealing")
    }
}

/// What a code was found to be.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is not spent yet.
    Right(SpentFactor),
    /// Right once, and spent before: no guess, and no proof.
    Spent,
    Wrong,
}

/// A second factor that was found right, and is not spent yet.
#[derive(Debug)]
pub(super) struct VerifiedFactor {
    pub methods: Amr,
    pub spending: FactorSpending,
}

impl FactorProof {
    pub const fn factor(&self) -> Factor {
        match self {
            Self::Totp(_) => Factor::Totp,
            Self::BackupCode(_) => Factor::BackupCode,
            Self::Sms(_) => Factor::Sms,
            Self::Webauthn(_) => Factor::Webauthn,
        }
    }
}

impl Authn {
    /// Checks a second factor and spends it; gives back what it proves. Wrong ones count for the account and the
    /// factor, whatever flow they are tried in.
    ///
    /// # Errors
    /// [`FactorError`].
    pub async fn prove_factor(
        &self,
        account: &Account,
        proof: &FactorProof,
        flow: Flow,
        context: &RequestContext,
    ) -> Result<Amr, FactorError> {
        let told = (flow, context);
        let result = match proof {
            FactorProof::Webauthn(credential) => {
                self.prove_passkey(account.user.id, flow, credential, context).await
            }
            _ => match self.try_verify_factor(account, proof, told).await {
                Ok(verified) => self.spend_verified(account, verified, told).await,
                Err(error) => Err(error),
            },
        };
        self.count_factor(proof.factor(), result.as_ref().err());
        result
    }

    /// Checks a second factor that is to be spent in the transaction of what it is for; then
    /// [`Authn::count_factor`] is told how that went.
    ///
    /// # Errors
    /// [`FactorError`]; then it is counted, and nothing is left to do.
    pub(super) async fn verify_factor(
        &self,
        account: &Account,
        proof: &FactorProof,
        flow: Flow,
        context: &RequestContext,
    ) -> Result<VerifiedFactor, FactorError> {
        let result = match proof {
            FactorProof::Webauthn(credential) => {
                self.verify_passkey(account.user.id, flow, credential, context).await
            }
            _ => self.try_verify_factor(account, proof, (flow, context)).await,
        };
        if let Err(error) = &result {
            self.count_factor(proof.factor(), Some(error));
        }
        result
    }

    pub(super) fn count_factor(&self, factor: Factor, error: Option<&FactorError>) {
        let outcome = match error {
            None => "success",
            Some(FactorError::Limited { .. }) => "limited",
            Some(FactorError::Wrong | FactorError::NotEnrolled) => "failure",
            Some(_) => "unavailable",
        };
        self.metrics.second_factors.with_label_values(&[factor.as_str(), outcome]).inc();
    }

    /// The attempt is counted first; only then is the code looked at.
    async fn try_verify_factor(
        &self,
        account: &Account,
        proof: &FactorProof,
        (flow, context): (Flow, &RequestContext),
    ) -> Result<VerifiedFactor, FactorError> {
        let factor = proof.factor();
        let attempt = self.reserve_factor(account, factor).await?;
        match self.judge_factor(account, proof, (flow, context)).await {
            Ok(Verdict::Right(spent)) => {
                let spending = FactorSpending { factor: spent, attempt: Some(attempt) };
                Ok(VerifiedFactor { methods: factor.amr(), spending })
            }
            Ok(Verdict::Spent) => {
                Err(self.spent_before(account, factor, Some(attempt), (flow, context)).await?)
            }
            Ok(Verdict::Wrong) => {
                self.record_failure(account, factor, flow, context, "wrong").await?;
                self.lock_if_last(account, attempt, context).await?;
                Err(FactorError::Wrong)
            }
            Err(error) => {
                self.store.settle_factor_attempt(attempt, false).await?;
                Err(error)
            }
        }
    }

    async fn judge_factor(
        &self,
        account: &Account,
        proof: &FactorProof,
        (flow, context): (Flow, &RequestContext),
    ) -> Result<Verdict, FactorError> {
        let user_id = account.user.id;
        match proof {
            FactorProof::Totp(code) => self.check_totp(user_id, code).await,
            FactorProof::BackupCode(code) => self.check_backup_code(account, code, flow, context).await,
            FactorProof::Sms(code) => self.check_sms_code(user_id, flow, code).await,
            FactorProof::Webauthn(_) => Err(FactorError::Internal("a passkey is no code")),
        }
    }

    async fn spend_verified(
        &self,
        account: &Account,
        verified: VerifiedFactor,
        told: (Flow, &RequestContext),
    ) -> Result<Amr, FactorError> {
        let VerifiedFactor { methods, spending } = verified;
        if self.store.spend_factor(&spending).await? {
            return Ok(methods);
        }
        match spending.attempt {
            Some(attempt) => Err(self.spent_before(account, attempt.factor, Some(attempt), told).await?),
            None => Err(FactorError::Wrong),
        }
    }

    /// A right factor that somebody has spent: it proves nothing, and is no guess.
    pub(super) async fn spent_before(
        &self,
        account: &Account,
        factor: Factor,
        attempt: Option<FactorReservation>,
        (flow, context): (Flow, &RequestContext),
    ) -> Result<FactorError, FactorError> {
        if let Some(attempt) = attempt {
            self.store.settle_factor_attempt(attempt, false).await?;
        }
        self.record_failure(account, factor, flow, context, "spent").await?;
        Ok(FactorError::Wrong)
    }

    /// Counts the attempt. Where others have taken all that are left, theirs may turn out right: then there is
    /// room again.
    async fn reserve_factor(
        &self,
        account: &Account,
        factor: Factor,
    ) -> Result<FactorReservation, FactorError> {
        for _ in 0..TURNS {
            let now = self.clock.now();
            let limits = self.attempt_limits();
            match self.store.reserve_factor_attempt(account.user.id, factor, limits, now).await? {
                Reserved::Yes(attempt) => return Ok(attempt),
                Reserved::LockedUntil(until) => {
                    return Err(FactorError::Limited { retry_after: retry_after(until.since(now)) });
                }
                Reserved::Disabled => return Err(FactorError::Limited { retry_after: NOT_SOON }),
                Reserved::InTurn => tokio::time::sleep(TURN).await,
            }
        }
        Err(FactorError::Limited { retry_after: 1 })
    }

    async fn record_failure(
        &self,
        account: &Account,
        factor: Factor,
        flow: Flow,
        context: &RequestContext,
        reason: &str,
    ) -> Result<(), StoreError> {
        let detail = json!({ "factor": factor.as_str(), "for": flow.purpose.as_str(), "reason": reason });
        let event = self.event(EventKind::FactorFailed, context.clone()).about(account.user.id);
        self.store.record(&Effects::of(event.with(detail))).await
    }

    /// Whoever gets so far knows the password, or has the session: the owner is told.
    async fn lock_if_last(
        &self,
        account: &Account,
        attempt: FactorReservation,
        context: &RequestContext,
    ) -> Result<(), FactorError> {
        let limits = self.attempt_limits();
        if attempt.recent < i64::from(limits.max_failures) {
            return Ok(());
        }
        let event = self.event(EventKind::FactorLocked, context.clone()).about(account.user.id);
        let event = event.with(factor_detail(attempt.factor, json!({ "failures": attempt.consecutive })));
        let at = event.at;
        let notice = Notice::FactorLocked { factor: attempt.factor, at, place: Place::of(context) };
        let effects = Effects::of(event).telling(self.composer.mail(&addressee(account), notice)?);
        self.store.lock_factor(&FactorLock { reservation: attempt, limits, at, effects }).await?;
        Ok(())
    }

    fn attempt_limits(&self) -> AttemptLimits {
        AttemptLimits {
            max_failures: self.mfa.max_failures,
            lockout: self.mfa.lockout,
            max_consecutive: self.mfa.max_consecutive_failures,
        }
    }
}

/// An event's detail about a factor.
pub(super) fn factor_detail(factor: Factor, mut more: Value) -> Value {
    more["factor"] = json!(factor.as_str());
    more
}
