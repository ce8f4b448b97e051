//! What the links in warnings do, each in the transaction that spends the link.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::one_time_token::Purpose;
use crate::model::revocation::RevokeReason;
use crate::store::credential::link::{self, LinkUse};
use crate::store::credential::one_time_token;
use crate::store::entity::user;
use crate::store::session::family::{self, UserRevocation};
use crate::store::{Decision, Effects, Store, StoreError, Tx};

impl Store {
    /// Ends the session that a link is about. It may have ended before. Returns the families that were ended; `None` if
    /// the link does not work.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn end_session_by_link(
        &self,
        link: &LinkUse,
        effects: &Effects,
    ) -> Result<Option<Vec<Uuid>>, StoreError> {
        let reason = RevokeReason::EndedByUser;
        self.transact(|tx| async move {
            let Some(spent) = link::spend(&tx, link).await? else {
                return Ok(Decision::Rollback(None));
            };
            let ended = family::lock_live(&tx, spent.about_session, link.at).await?;
            family::revoke(&tx, &ended, reason, link.at).await?;
            self.log_revocations(&tx, &ended, reason, link.at).await?;
            tx.count_ended(reason, ended.len());
            tx.record(effects).await?;
            Ok(Decision::Commit(Some(ended)))
        })
        .await
    }

    /// Ends all sessions of an account, and voids its links, its password and its passkeys. Returns the families that
    /// were ended; `None` if the link does not work.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn secure_account(
        &self,
        link: &LinkUse,
        revocation: &UserRevocation,
        effects: &Effects,
    ) -> Result<Option<Vec<Uuid>>, StoreError> {
        self.transact(|tx| async move {
            if link::spend(&tx, link).await?.is_none() {
                return Ok(Decision::Rollback(None));
            }
            let ended = self.secure(&tx, revocation).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(Some(ended)))
        })
        .await
    }

    /// Moves an account back to the address that the link was sent to, secures it, and keeps it if it is to be erased.
    /// Returns the families that were ended; `None` if the link does not work.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if another account has the address by now, else [`StoreError`]; then nothing has
    /// changed.
    pub async fn undo_email_change(
        &self,
        link: &LinkUse,
        revocation: &UserRevocation,
        effects: &Effects,
    ) -> Result<Option<Vec<Uuid>>, StoreError> {
        self.transact(|tx| async move {
            let spent = link::spend(&tx, link).await?;
            let Some((user_id, former)) = spent.and_then(|spent| Some((spent.user.id, spent.email?))) else {
                return Ok(Decision::Rollback(None));
            };
            user::Entity::update_many()
                .col_expr(user::Column::Email, Expr::value(former))
                .col_expr(user::Column::EmailVerifiedAt, Expr::value(link.at))
                .col_expr(user::Column::EraseAt, Expr::value(None::<i64>))
                .col_expr(user::Column::UpdatedAt, Expr::value(link.at))
                .filter(user::Column::Id.eq(user_id))
                .exec(&tx)
                .await?;
            let ended = self.secure(&tx, revocation).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(Some(ended)))
        })
        .await
    }

    /// Keeps an account that is to be erased. `false` if the link does not work, or there is nothing to cancel.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn cancel_erasure(&self, link: &LinkUse, effects: &Effects) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let spent = link::spend(&tx, link).await?;
            let Some(user) = spent.map(|spent| spent.user).filter(|user| user.erase_at.is_some()) else {
                return Ok(Decision::Rollback(false));
            };
            user::Entity::update_many()
                .col_expr(user::Column::EraseAt, Expr::value(None::<i64>))
                .col_expr(user::Column::UpdatedAt, Expr::value(link.at))
                .filter(user::Column::Id.eq(user.id))
                .exec(&tx)
                .await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }

    async fn secure(&self, tx: &Tx, revocation: &UserRevocation) -> Result<Vec<Uuid>, StoreError> {
        let ended = self.revoke_families_within(tx, revocation).await?;
        let at: Timestamp = revocation.at;
        one_time_token::void(tx, revocation.user_id, &Purpose::REQUESTED, at).await?;
        mark_secured(tx, revocation.user_id, at).await?;
        Ok(ended)
    }
}

/// Someone else may know the password or have added a passkey.
/// [`CredentialState`](crate::model::account::CredentialState) says what both are worth from then on.
async fn mark_secured(tx: &Tx, user_id: Uuid, at: Timestamp) -> Result<(), StoreError> {
    user::Entity::update_many()
        .col_expr(user::Column::SecuredAt, Expr::value(at))
        .col_expr(user::Column::UpdatedAt, Expr::value(at))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    Ok(())
}
