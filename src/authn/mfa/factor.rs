//! A second factor as it is presented, and the result of its verification.

use serde_json::{Value, json};

use crate::authn::counted_attempt::CountedAttempt;
use crate::crypto::password::HashError;
use crate::crypto::seal::SealError;
use crate::model::assurance::Amr;
use crate::model::backup_code;
use crate::model::factor::{Factor, Flow};
use crate::model::typed_code::six_digits;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::credential::reauthentication::{FactorSpending, SpentFactor};

/// A second factor as it is presented.
#[derive(Debug)]
pub enum PresentedFactor {
    /// The code as typed.
    Totp(Secret<String>),
    /// The code as typed.
    BackupCode(Secret<String>),
    /// The code as typed.
    Sms(Secret<String>),
    /// The answer of `navigator.credentials.get()`.
    Webauthn(Box<Value>),
}

impl PresentedFactor {
    /// The kind of factor.
    pub const fn factor(&self) -> Factor {
        match self {
            Self::Totp(_) => Factor::Totp,
            Self::BackupCode(_) => Factor::BackupCode,
            Self::Sms(_) => Factor::Sms,
            Self::Webauthn(_) => Factor::Webauthn,
        }
    }

    /// The code in its canonical form; `None` if what was typed cannot be one.
    pub(super) fn code(&self) -> Option<Secret<String>> {
        match self {
            Self::Totp(typed) | Self::Sms(typed) => six_digits(typed.expose()),
            Self::BackupCode(typed) => backup_code::canonical(typed.expose()),
            Self::Webauthn(_) => None,
        }
    }
}

/// Why a second factor was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// Wrong, spent, too old, meant for another flow, or not enrolled: one answer for all of them.
    #[error("the second factor is not valid")]
    Wrong,
    /// What was typed cannot be a code. Nothing was tried, so nothing is counted; the answer is that to a wrong one.
    #[error("this cannot be a code")]
    NotACode,
    /// The account has no such factor that could be challenged.
    #[error("the account has no such second factor")]
    NotEnrolled,
    /// Too many wrong ones, or too many messages.
    #[error("too many attempts; try again in {retry_after} seconds")]
    Limited {
        /// Seconds until another attempt is allowed.
        retry_after: u32,
    },
    /// The queue of the hashing threads is full, or the client has its share.
    #[error("too many secrets are waiting to be hashed")]
    Overloaded,
    /// The step that failed; the cause is in the log.
    #[error("internal error while verifying a second factor: {0}")]
    Internal(&'static str),
    /// The database failed. Whether the attempt was counted is unknown.
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

impl From<SealError> for FactorError {
    fn from(error: SealError) -> Self {
        tracing::error!(%error, "cannot open or seal a code or a phone number");
        Self::Internal("the seal of a code or a phone number")
    }
}

/// The result of comparing a code.
#[derive(Debug)]
pub(in crate::authn) enum Verdict {
    /// The code is right and not spent yet.
    Right(SpentFactor),
    /// The code was right once and is spent: it verifies nothing, and it is not counted as a guess.
    Spent,
    Wrong,
}

/// A second factor that was found right, to be spent in the transaction of what it is for.
#[derive(Debug)]
pub struct VerifiedFactor {
    /// Its kind.
    pub factor: Factor,
    /// What it was presented for.
    pub flow: Flow,
    /// What it verifies.
    pub methods: Amr,
    /// What its use changes.
    pub spending: FactorSpending,
    /// Absent for passkeys, whose attempts are not counted.
    pub(in crate::authn) counted: Option<CountedAttempt>,
}

impl VerifiedFactor {
    /// See [`CountedAttempt::settled`].
    pub(in crate::authn) fn settled(self) {
        if let Some(counted) = self.counted {
            counted.settled();
        }
    }
}

/// The detail of an event about a factor.
pub(in crate::authn) fn factor_detail(factor: Factor, mut more: Value) -> Value {
    more["factor"] = json!(factor.as_str());
    more
}
