//! Which second factors an account has.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::entity::{backup_code, passkey, sms_authenticator, totp_authenticator, trusted_device, user};
use super::session_family::UserWideEnding;
use super::{Store, StoreError, Trail, login_challenge, sms_code, trail};
use crate::clock::Timestamp;
use crate::model::factor::Factors;

/// A factor to be removed.
#[derive(Clone, Debug)]
pub struct FactorRemoval {
    pub factor: RemovedFactor,
    /// The user's families but the one that asks.
    pub ending: UserWideEnding,
    pub trail: Trail,
}

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedFactor {
    Totp,
    /// By its id.
    Passkey(Uuid),
}

impl Store {
    /// Removes a factor and ends the user's other families, which rest on it. Gives them back; `None` if there
    /// was no such factor.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn remove_factor(&self, removal: &FactorRemoval) -> Result<Option<Vec<Uuid>>, StoreError> {
        let ended = self.retrying(|| self.try_remove_factor(removal)).await?;
        if let Some(ended) = &ended {
            self.count(&removal.trail);
            self.metrics.count_ended(removal.ending.reason, ended.len());
        }
        Ok(ended)
    }

    async fn try_remove_factor(&self, removal: &FactorRemoval) -> Result<Option<Vec<Uuid>>, StoreError> {
        let (user_id, at) = (removal.ending.user_id, removal.ending.at);
        let transaction = self.begin(&self.write).await?;
        lock_user(&transaction, user_id).await?;
        let deleted = match removal.factor {
            RemovedFactor::Totp => {
                totp_authenticator::Entity::delete_by_id(user_id).exec(&transaction).await?
            }
            RemovedFactor::Passkey(id) => {
                let own = passkey::Column::UserId.eq(user_id);
                passkey::Entity::delete_by_id(id).filter(own).exec(&transaction).await?
            }
        };
        if deleted.rows_affected == 0 {
            return Ok(None);
        }
        settle_removed(&transaction, user_id).await?;
        login_challenge::void(&transaction, user_id, at).await?;
        let ended = self.end_families_within(&transaction, &removal.ending).await?;
        trail::write(&transaction, &removal.trail).await?;
        transaction.commit().await?;
        Ok(Some(ended))
    }

    /// The factors of a user that work.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn factors(&self, user_id: Uuid) -> Result<Factors, StoreError> {
        self.bounded(of_user(&self.read, user_id)).await
    }
}

pub(super) async fn of_user(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<Factors, StoreError> {
    let totp = totp_authenticator::Entity::find_by_id(user_id)
        .filter(totp_authenticator::Column::ConfirmedAt.is_not_null())
        .count(connection);
    let passkeys = passkey::Entity::find().filter(passkey::Column::UserId.eq(user_id)).count(connection);
    let strong = Factors {
        totp: totp.await? > 0,
        passkeys: u32::try_from(passkeys.await?).unwrap_or(u32::MAX),
        ..Factors::default()
    };
    if !strong.is_enrolled() {
        return Ok(strong);
    }
    let sms = sms_authenticator::Entity::find_by_id(user_id)
        .filter(sms_authenticator::Column::ConfirmedAt.is_not_null())
        .count(connection);
    let codes = backup_code::Entity::find()
        .filter(backup_code::Column::UserId.eq(user_id))
        .filter(backup_code::Column::UsedAt.is_null())
        .count(connection);
    Ok(Factors {
        sms: sms.await? > 0,
        backup_codes: u32::try_from(codes.await?).unwrap_or(u32::MAX),
        ..strong
    })
}

/// Changes to one user's factors take turns.
pub(super) async fn lock_user(transaction: &DatabaseTransaction, user_id: Uuid) -> Result<(), StoreError> {
    user::Entity::find_by_id(user_id).lock_exclusive().one(transaction).await?;
    Ok(())
}

/// After a factor was added: notes on the user that there is one, and gives back what there is.
pub(super) async fn settle_added(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    at: Timestamp,
) -> Result<Factors, StoreError> {
    let factors = of_user(connection, user_id).await?;
    user::Entity::update_many()
        .col_expr(user::Column::MfaEnrolledAt, Expr::value(at.as_micros()))
        .filter(user::Column::Id.eq(user_id))
        .filter(user::Column::MfaEnrolledAt.is_null())
        .exec(connection)
        .await?;
    Ok(factors)
}

/// After a factor was removed: no device is trusted any more (it was for the sake of that factor), and with
/// the last strong one those go that cannot stand alone.
pub(super) async fn settle_removed(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
) -> Result<Factors, StoreError> {
    distrust_devices(connection, user_id).await?;
    let factors = of_user(connection, user_id).await?;
    if factors.is_enrolled() {
        return Ok(factors);
    }
    sms_code::forget(connection, user_id).await?;
    sms_authenticator::Entity::delete_by_id(user_id).exec(connection).await?;
    backup_code::Entity::delete_many()
        .filter(backup_code::Column::UserId.eq(user_id))
        .exec(connection)
        .await?;
    user::Entity::update_many()
        .col_expr(user::Column::MfaEnrolledAt, Expr::value(None::<i64>))
        .filter(user::Column::Id.eq(user_id))
        .exec(connection)
        .await?;
    Ok(factors)
}

/// From now on every device of the user must show the second factor again.
pub(super) async fn distrust_devices(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
) -> Result<(), StoreError> {
    trusted_device::Entity::delete_many()
        .filter(trusted_device::Column::UserId.eq(user_id))
        .exec(connection)
        .await?;
    Ok(())
}
