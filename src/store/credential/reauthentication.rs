//! Reauthentications, spent in the transaction of what they are for.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::authenticator::backup_code::{self, BackupCodeUse};
use crate::store::authenticator::factor_attempt::{self, FactorReservation};
use crate::store::authenticator::passkey::{self, PasskeyUse};
use crate::store::authenticator::sms_code::{self, SpentCode};
use crate::store::credential::password_attempt::{self, Reservation};
use crate::store::federation::federation_use::{self, FederationUse};
use crate::store::{Effects, StoreError, Tx, authenticator::totp};

/// A password or second factor that was verified, and is not spent yet.
#[derive(Clone, Debug)]
pub enum Reauthentication {
    /// The attempt counts as wrong until it is settled.
    Password(Reservation),
    /// A second factor.
    Factor(Box<FactorSpending>),
    /// The code of someone who has authenticated again at another provider.
    Identity {
        /// The code, to be spent.
        code: FederationUse,
        /// The time of the use.
        at: Timestamp,
    },
}

/// A right second factor.
#[derive(Clone, Debug)]
pub struct FactorSpending {
    /// What is spent.
    pub factor: SpentFactor,
    /// The attempt, where attempts are counted.
    pub attempt: Option<FactorReservation>,
}

/// The part of a factor that works once.
#[derive(Clone, Debug)]
pub enum SpentFactor {
    /// A step of an authenticator app and those before it.
    Totp {
        /// Whose app it is.
        user_id: Uuid,
        /// The step of the code (RFC 6238 §4.2).
        step: i64,
        /// The time of the use.
        at: Timestamp,
    },
    /// One of the set.
    BackupCode(BackupCodeUse),
    /// The code of a flow.
    Sms(SpentCode),
    /// The ceremony, and the counter of the passkey.
    Passkey(PasskeyUse),
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

/// Settles the attempt at a second factor of a user who is locked, and spends the factor. `false` if it was spent before, or
/// its attempts are locked: then the transaction must be rolled back.
pub(in crate::store) async fn spend_factor(tx: &Tx, spending: &FactorSpending) -> Result<bool, StoreError> {
    if let Some(attempt) = spending.attempt
        && !factor_attempt::settle(tx, attempt, true).await?
    {
        return Ok(false);
    }
    let effects = match &spending.factor {
        SpentFactor::Totp { user_id, step, at } => {
            totp::spend(tx, *user_id, *step, *at).await?.then(Effects::default)
        }
        SpentFactor::BackupCode(used) => backup_code::spend(tx, used).await?,
        SpentFactor::Sms(spent) => sms_code::spend_of_number(tx, spent).await?.then(Effects::default),
        SpentFactor::Passkey(used) => passkey::spend(tx, used).await?.then(Effects::default),
    };
    let Some(effects) = effects else { return Ok(false) };
    tx.record(&effects).await?;
    Ok(true)
}
