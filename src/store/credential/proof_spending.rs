//! Proofs of who the user is, spent in the transaction of what they are for.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::authenticator::backup_code::{self, BackupCodeUse};
use crate::store::authenticator::factor_attempt::{self, FactorReservation};
use crate::store::authenticator::passkey::{self, PasskeyUse, Spending};
use crate::store::authenticator::sms_code::{self, SpentCode};
use crate::store::credential::password_attempt::{self, Reservation};
use crate::store::{Decision, Effects, Store, StoreError, authenticator::totp, security_event::effects};

/// A proof that was found right, and is not spent yet.
#[derive(Clone, Debug)]
pub enum ProofSpending {
    /// The attempt counts as wrong until it is settled.
    Password(Reservation),
    Factor(Box<FactorSpending>),
}

/// A right second factor.
#[derive(Clone, Debug)]
pub struct FactorSpending {
    pub factor: SpentFactor,
    /// The attempt, where attempts are counted.
    pub attempt: Option<FactorReservation>,
}

/// What of a factor works once.
#[derive(Clone, Debug)]
pub enum SpentFactor {
    Totp { user_id: Uuid, step: i64, at: Timestamp },
    BackupCode(BackupCodeUse),
    Sms(SpentCode),
    Passkey(PasskeyUse),
}

impl Store {
    /// Spends a second factor where nothing else is to be written with it. `false` if it was spent before, or locked:
    /// then nothing has changed.
    ///
    /// # Errors
    /// [`StoreError`]; then it is not spent, or the answer is lost.
    pub async fn spend_factor(&self, spending: &FactorSpending) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            match spend_factor(&tx, spending).await? {
                Some(effects) => {
                    tx.record(&effects).await?;
                    Ok(Decision::Commit(true))
                }
                None => Ok(Decision::Rollback(false)),
            }
        })
        .await
    }
}

/// Spends a proof; gives back what was written of it. `None` if it was spent before, or its attempts are locked: then
/// the transaction must not be committed.
pub(in crate::store) async fn spend(
    transaction: &impl ConnectionTrait,
    proof: &ProofSpending,
) -> Result<Option<Effects>, StoreError> {
    match proof {
        ProofSpending::Password(attempt) => {
            Ok(password_attempt::settle(transaction, *attempt).await?.then(Effects::default))
        }
        ProofSpending::Factor(spending) => {
            let effects = spend_factor(transaction, spending).await?;
            if let Some(effects) = &effects {
                effects::write(transaction, effects).await?;
            }
            Ok(effects)
        }
    }
}

/// Spends a second factor; gives back what is to be written of it.
async fn spend_factor(
    transaction: &impl ConnectionTrait,
    spending: &FactorSpending,
) -> Result<Option<Effects>, StoreError> {
    let effects = match &spending.factor {
        SpentFactor::Totp { user_id, step, at } => {
            totp::spend(transaction, *user_id, *step, *at).await?.then(Effects::default)
        }
        SpentFactor::BackupCode(used) => backup_code::spend(transaction, used).await?,
        SpentFactor::Sms(spent) => {
            sms_code::spend_of_number(transaction, spent).await?.then(Effects::default)
        }
        SpentFactor::Passkey(used) => {
            (passkey::spend(transaction, used).await? == Spending::Spent).then(Effects::default)
        }
    };
    let (Some(effects), attempt) = (effects, spending.attempt) else { return Ok(None) };
    if let Some(attempt) = attempt
        && !factor_attempt::settle(transaction, attempt, true).await?
    {
        return Ok(None);
    }
    Ok(Some(effects))
}
