//! TOTP authenticators: one for each account.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::factor::Factor;
use crate::model::principal::ActingSession;
use crate::store::authenticator::backup_code::{self, NewBackupCodes};
use crate::store::entity::totp_authenticator::{ActiveModel, Column, Entity};
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, authenticator::factor, authenticator::factor_attempt,
    session::acting_session,
};

/// A secret as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTotp {
    pub sealed: Vec<u8>,
    /// No code of this step or before is accepted.
    pub last_step: i64,
    pub created_at: Timestamp,
    /// Until then it is not a factor.
    pub confirmed_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

/// An enrollment that a code has confirmed.
#[derive(Clone, Debug)]
pub struct TotpConfirmation {
    pub user_id: Uuid,
    /// The session that asks for it.
    pub session_id: Uuid,
    /// Only while this is what was begun.
    pub sealed: Vec<u8>,
    /// Of the code, which is spent.
    pub step: i64,
    pub at: Timestamp,
    /// Written if the user has no working code yet.
    pub codes: Option<NewBackupCodes>,
    pub effects: Effects,
}

/// The outcome of [`Store::confirm_totp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotpConfirmationOutcome {
    /// `with_codes`: the codes were written, so their owner must see them.
    Yes { with_codes: bool },
    /// Meanwhile another enrollment was begun, this one was confirmed, or another factor was added.
    No,
    /// The user may no longer act, or the session has ended.
    NotActive,
}

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn totp(&self, user_id: Uuid) -> Result<Option<StoredTotp>, StoreError> {
        self.bounded(async {
            let row = Entity::find_by_id(user_id).one(&self.read).await?;
            Ok(row.map(|row| StoredTotp {
                sealed: row.sealed,
                last_step: row.last_step,
                created_at: row.created_at,
                confirmed_at: row.confirmed_at,
                last_used_at: row.last_used_at,
            }))
        })
        .await
    }

    /// Begins an enrollment, in place of one that was never confirmed. `false` if there is one that counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin_totp(
        &self,
        acting_session: ActingSession,
        sealed: &[u8],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            acting_session::recheck(&tx, Some(acting_session)).await?;
            let replaced = begun(acting_session.user_id).one(&tx).await?.is_some();
            let row = ActiveModel {
                user_id: Set(acting_session.user_id),
                sealed: Set(sealed.to_vec()),
                last_step: Set(0),
                created_at: Set(at),
                confirmed_at: Set(None),
                last_used_at: Set(None),
            };
            let replace = OnConflict::column(Column::UserId)
                .update_columns([Column::Sealed, Column::LastStep, Column::CreatedAt])
                .action_and_where(Expr::col((Entity, Column::ConfirmedAt)).is_null())
                .to_owned();
            let written = Entity::insert(row).on_conflict(replace).exec_without_returning(&tx).await?;
            if replaced && written > 0 {
                tx.count_abandoned(Factor::Totp, 1);
            }
            Ok(Decision::Commit(written > 0))
        })
        .await
    }

    /// Makes the enrollment count, and its code spent.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn confirm_totp(
        &self,
        confirmation: &TotpConfirmation,
    ) -> Result<TotpConfirmationOutcome, StoreError> {
        self.transact(|tx| async move {
            let session = acting_session::lock(&tx, confirmation.user_id, confirmation.session_id).await?;
            let Some(session) = session else {
                return Ok(Decision::Rollback(TotpConfirmationOutcome::NotActive));
            };
            if session.lacks_a_factor() {
                return Ok(Decision::Rollback(TotpConfirmationOutcome::No));
            }
            if !confirm(&tx, confirmation).await? {
                return Ok(Decision::Rollback(TotpConfirmationOutcome::No));
            }
            // The code was right, and what was guessed before was guessed at another secret.
            factor_attempt::forget_factor(&tx, confirmation.user_id, Factor::Totp).await?;
            let factors = factor::settle_added(&tx, confirmation.user_id, confirmation.at).await?;
            let codes = confirmation.codes.as_ref();
            let with_codes = backup_code::write_first(&tx, confirmation.user_id, factors, codes).await?;
            tx.record(&confirmation.effects).await?;
            Ok(Decision::Commit(TotpConfirmationOutcome::Yes { with_codes }))
        })
        .await
    }
}

/// An enrollment that was begun and not confirmed.
fn begun(user_id: Uuid) -> Select<Entity> {
    Entity::find_by_id(user_id).filter(Column::ConfirmedAt.is_null())
}

/// Makes an enrollment a factor. `false` if it is no longer the one that was begun, or was confirmed before.
async fn confirm(tx: &Tx, confirmation: &TotpConfirmation) -> Result<bool, StoreError> {
    let updated = Entity::update_many()
        .col_expr(Column::ConfirmedAt, Expr::value(confirmation.at))
        .col_expr(Column::LastStep, Expr::value(confirmation.step))
        .filter(Column::UserId.eq(confirmation.user_id))
        .filter(Column::ConfirmedAt.is_null())
        .filter(Column::Sealed.eq(confirmation.sealed.clone()))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Spends a time step: steps only move forward, on any node (RFC 6238 §5.2). `false` if it, or a
/// later one, was spent before.
pub(in crate::store) async fn spend(
    tx: &Tx,
    user_id: Uuid,
    step: i64,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let updated = Entity::update_many()
        .col_expr(Column::LastStep, Expr::value(step))
        .col_expr(Column::LastUsedAt, Expr::value(at))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::ConfirmedAt.is_not_null())
        .filter(Column::LastStep.lt(step))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}
