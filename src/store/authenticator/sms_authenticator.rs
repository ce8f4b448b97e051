//! The number that an account gets its codes at.

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::OnConflict;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::authenticator::sms_code::{self, SpentCode};
use crate::store::entity::sms_authenticator::{ActiveModel, Column, Entity};
use crate::store::{
    Effects, Store, StoreError, account, authenticator::factor, security_event::effects,
    session::acting_session,
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
                let confirmed_at = Timestamp::from_micros(row.confirmed_at?);
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
        let confirmed = self.retrying(|| self.try_confirm_sms_number(confirmation)).await?;
        if confirmed {
            self.count(&confirmation.effects);
        }
        Ok(confirmed)
    }

    async fn try_confirm_sms_number(&self, confirmation: &NumberConfirmation) -> Result<bool, StoreError> {
        let (user_id, at) = (confirmation.code.user_id, confirmation.code.at);
        let transaction = self.begin(&self.write).await?;
        let Some(user) = account::lock_active(&transaction, user_id).await? else {
            return Ok(false);
        };
        acting_session::recheck(&transaction, confirmation.effects.acting_session).await?;
        let may_add = factor::of_user(&transaction, user_id).await?.is_enrolled()
            && sms_code::waits_for(
                &transaction,
                &confirmation.code,
                confirmation.session_id,
                user.credential_epoch,
            )
            .await?
            && sms_code::spend(&transaction, &confirmation.code).await?;
        if !may_add {
            return Ok(false);
        }
        sms_code::forget(&transaction, user_id).await?;
        let row = ActiveModel {
            user_id: Set(user_id),
            sealed: Set(confirmation.sealed.clone()),
            created_at: Set(at.as_micros()),
            confirmed_at: Set(Some(at.as_micros())),
            last_used_at: Set(None),
        };
        let columns = [Column::Sealed, Column::CreatedAt, Column::ConfirmedAt, Column::LastUsedAt];
        let replace = OnConflict::column(Column::UserId).update_columns(columns).to_owned();
        Entity::insert(row).on_conflict(replace).exec_without_returning(&transaction).await?;
        factor::settle_added(&transaction, user_id, at).await?;
        effects::write(&transaction, &confirmation.effects).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
