//! The phone number that an account's codes are sent to.

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::OnConflict;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::authenticator::sms_code::{self, SpentCode};
use crate::store::entity::sms_authenticator::{ActiveModel, Column, Entity};
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, account, authenticator::enrolled, authenticator::factor,
};

/// A confirmed number.
#[derive(Clone, Debug)]
pub struct SealedNumber {
    pub sealed: Vec<u8>,
    pub confirmed_at: Timestamp,
}

/// A number that its code has confirmed.
#[derive(Clone, Debug)]
pub struct NumberConfirmation {
    pub code: SpentCode,
    /// The one that confirms it.
    pub session_id: Uuid,
    /// The number, under its own row.
    pub sealed: Vec<u8>,
    pub effects: Effects,
}

impl Store {
    /// A user's number, if one was confirmed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sms_number(&self, user_id: Uuid) -> Result<Option<SealedNumber>, StoreError> {
        self.bounded(async {
            let row = Entity::find_by_id(user_id).one(&self.read).await?;
            Ok(row.and_then(|row| {
                let confirmed_at = row.confirmed_at?;
                Some(SealedNumber { sealed: row.sealed, confirmed_at })
            }))
        })
        .await
    }

    /// Spends the code and puts its number in the place of the last one, whose codes are void. False if the
    /// code was spent or replaced meanwhile, or nothing is left that SMS may stand beside.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn confirm_sms_number(&self, confirmation: &NumberConfirmation) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let (user_id, at) = (confirmation.code.user_id, confirmation.code.at);
            let Some(user) = account::lock_active(&tx, user_id).await? else {
                return Ok(Decision::Rollback(false));
            };
            tx.recheck_acting_session(&confirmation.effects).await?;
            if !spend_code(&tx, confirmation, user.credential_epoch).await? {
                return Ok(Decision::Rollback(false));
            }
            sms_code::forget(&tx, user_id).await?;
            put_number(&tx, confirmation).await?;
            factor::settle_added(&tx, user_id, at).await?;
            tx.record(&confirmation.effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }
}

/// Spends the code that confirms a number. `false` if another one counts, or the account has no factor beside which a
/// number may stand.
async fn spend_code(
    tx: &Tx,
    confirmation: &NumberConfirmation,
    credential_epoch: i64,
) -> Result<bool, StoreError> {
    let code = &confirmation.code;
    Ok(enrolled::of_user(tx, code.user_id).await?.is_enrolled()
        && sms_code::waits_for(tx, code, confirmation.session_id, credential_epoch).await?
        && sms_code::spend(tx, code).await?)
}

async fn put_number(tx: &Tx, confirmation: &NumberConfirmation) -> Result<(), StoreError> {
    let at = confirmation.code.at;
    let row = ActiveModel {
        user_id: Set(confirmation.code.user_id),
        sealed: Set(confirmation.sealed.clone()),
        created_at: Set(at),
        confirmed_at: Set(Some(at)),
        last_used_at: Set(None),
    };
    let columns = [Column::Sealed, Column::CreatedAt, Column::ConfirmedAt, Column::LastUsedAt];
    let replace = OnConflict::column(Column::UserId).update_columns(columns).to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
