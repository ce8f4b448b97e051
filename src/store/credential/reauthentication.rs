//! Reauthentications, spent in the transaction of what they are for.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::authenticator::backup_code::{self, BackupCodeUse};
use crate::store::authenticator::factor_attempt::{self, FactorReservation};
use crate::store::authenticator::passkey::{self, PasskeyUse, PasskeyUseOutcome};
use crate::store::authenticator::sms_code::{self, SpentCode};
use crate::store::credential::password_attempt::{self, Reservation};
use crate::store::federation::federation_use::{self, FederationUse};
use crate::store::{Decision, Effects, Store, StoreError, Tx, authenticator::totp};

/// A password or second factor that was verified, and is not spent yet.
#[derive(Clone, Debug)]
pub enum Reauthentication {
    /// The attempt counts as wrong until it is settled.
    Password(Reservation),
    Factor(Box<FactorSpending>),
    /// The code of someone who has authenticated again at another provider.
    Identity {
        code: FederationUse,
        at: Timestamp,
    },
}

/// A right second factor.
#[derive(Clone, Debug)]
pub struct FactorSpending {
    pub factor: SpentFactor,
    /// The attempt, where attempts are counted.
    pub attempt: Option<FactorReservation>,
}

/// The part of a factor that works once.
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
            Ok(if spend_factor(&tx, spending).await? {
                Decision::Commit(true)
            } else {
                Decision::Rollback(false)
            })
        })
        .await
    }
}

/// Spends a reauthentication. `false` if it was spent before, or its attempts are locked: then the transaction must be
/// rolled back.
pub(in crate::store) async fn spend(
    tx: &Tx,
    reauthentication: &Reauthentication,
) -> Result<bool, StoreError> {
    match reauthentication {
        Reauthentication::Password(attempt) => password_attempt::settle(tx, *attempt).await,
        Reauthentication::Factor(spending) => spend_factor(tx, spending).await,
        Reauthentication::Identity { code, at } => federation_use::spend(tx, *code, *at).await,
    }
}

async fn spend_factor(tx: &Tx, spending: &FactorSpending) -> Result<bool, StoreError> {
    let effects = match &spending.factor {
        SpentFactor::Totp { user_id, step, at } => {
            totp::spend(tx, *user_id, *step, *at).await?.then(Effects::default)
        }
        SpentFactor::BackupCode(used) => backup_code::spend(tx, used).await?,
        SpentFactor::Sms(spent) => sms_code::spend_of_number(tx, spent).await?.then(Effects::default),
        SpentFactor::Passkey(used) => {
            (passkey::spend(tx, used).await? == PasskeyUseOutcome::Spent).then(Effects::default)
        }
    };
    let Some(effects) = effects else { return Ok(false) };
    if let Some(attempt) = spending.attempt
        && !factor_attempt::settle(tx, attempt, true).await?
    {
        return Ok(false);
    }
    tx.record(&effects).await?;
    Ok(true)
}
