//! A second factor as a proof: one way in for all flows, so that the attempts of all of them are counted together.

use serde_json::{Value, json};

use super::password_proof::{TURN, TURNS};
use super::{Authn, addressee, retry_after};
use crate::crypto::password::HashError;
use crate::delivery::Unsealable;
use crate::model::assurance::Amr;
use crate::model::factor::{Factor, Flow};
use crate::model::notice::{Notice, Place};
use crate::model::security_event::{EventKind, Origin};
use crate::secret::Secret;
use crate::store::account::Account;
use crate::store::factor_attempt::{AttemptLimits, FactorLock, FactorReservation, Reserved};
use crate::store::{StoreError, Trail};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is spent now.
    Right,
    /// Right once, and spent before: no guess, and no proof.
    Spent,
    Wrong,
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
        origin: &Origin,
    ) -> Result<Amr, FactorError> {
        let result = self.try_prove_factor(account, proof, flow, origin).await;
        let outcome = match &result {
            Ok(_) => "success",
            Err(FactorError::Limited { .. }) => "limited",
            Err(FactorError::Wrong | FactorError::NotEnrolled) => "failure",
            Err(_) => "unavailable",
        };
        self.metrics.second_factors.with_label_values(&[proof.factor().as_str(), outcome]).inc();
        result
    }

    async fn try_prove_factor(
        &self,
        account: &Account,
        proof: &FactorProof,
        flow: Flow,
        origin: &Origin,
    ) -> Result<Amr, FactorError> {
        let user_id = account.user.id;
        let (factor, told) = (proof.factor(), (flow, origin));
        match proof {
            FactorProof::Totp(code) => {
                self.prove_by_code(account, factor, told, self.check_totp(user_id, code)).await
            }
            FactorProof::BackupCode(code) => {
                let verdict = self.check_backup_code(account, code, flow, origin);
                self.prove_by_code(account, factor, told, verdict).await
            }
            FactorProof::Sms(code) => {
                let verdict = self.check_sms_code(user_id, flow, code);
                self.prove_by_code(account, factor, told, verdict).await
            }
            FactorProof::Webauthn(credential) => self.prove_passkey(user_id, flow, credential, origin).await,
        }
    }

    /// The attempt is counted first; only then is `verdict` looked for.
    async fn prove_by_code(
        &self,
        account: &Account,
        factor: Factor,
        (flow, origin): (Flow, &Origin),
        verdict: impl Future<Output = Result<Verdict, FactorError>>,
    ) -> Result<Amr, FactorError> {
        let attempt = self.reserve_factor(account, factor).await?;
        match verdict.await {
            Ok(Verdict::Right) => {
                let counts = self.store.settle_factor_attempt(attempt, true).await?;
                if counts { Ok(factor.amr()) } else { Err(FactorError::Wrong) }
            }
            Ok(Verdict::Spent) => {
                self.store.settle_factor_attempt(attempt, false).await?;
                self.record_failure(account, factor, flow, origin, "spent").await?;
                Err(FactorError::Wrong)
            }
            Ok(Verdict::Wrong) => {
                self.record_failure(account, factor, flow, origin, "wrong").await?;
                self.lock_if_last(account, attempt, origin).await?;
                Err(FactorError::Wrong)
            }
            Err(error) => {
                self.store.settle_factor_attempt(attempt, false).await?;
                Err(error)
            }
        }
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
        origin: &Origin,
        reason: &str,
    ) -> Result<(), StoreError> {
        let detail = json!({ "factor": factor.as_str(), "for": flow.purpose.as_str(), "reason": reason });
        let event = self.event(EventKind::FactorFailed, origin.clone()).about(account.user.id);
        self.store.record(&Trail::of(event.with(detail))).await
    }

    /// Whoever gets so far knows the password, or has the session: the owner is told.
    async fn lock_if_last(
        &self,
        account: &Account,
        attempt: FactorReservation,
        origin: &Origin,
    ) -> Result<(), FactorError> {
        let limits = self.attempt_limits();
        if attempt.recent < i64::from(limits.max_failures) {
            return Ok(());
        }
        let factor = attempt.factor.as_str();
        let event = self.event(EventKind::FactorLocked, origin.clone()).about(account.user.id);
        let event = event.with(factor_detail(attempt.factor, json!({ "failures": attempt.consecutive })));
        let at = event.at;
        let notice =
            Notice::FactorLocked { factor: factor.to_owned(), at: at.rfc3339(), place: Place::of(origin) };
        let trail = Trail::of(event).telling(self.postbox.mail(&addressee(account), notice)?);
        self.store.lock_factor(&FactorLock { reservation: attempt, limits, at, trail }).await?;
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
