//! Attempts at a password. Each is counted before it is made, so that however many come at once, on
//! however many nodes, no more are evaluated than the limit allows (NIST SP 800-63B-4 §3.2.2).

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use super::entity::password_credential::{Column, Entity};
use super::entity::stand_in;
use super::{Store, StoreError, Trail, counter, login_challenge, trail, trusted_device};
use crate::clock::Timestamp;

/// An attempt that was counted, and may be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    pub user_id: Uuid,
    /// Which one it is since the last right password.
    pub number: i64,
    /// The trusted device whose attempts it was counted among; the account's own otherwise.
    pub device: Option<Uuid>,
}

/// The lock that a wrong attempt leads to if it was the last one.
#[derive(Clone, Debug)]
pub struct Lock {
    pub user_id: Uuid,
    /// `password.max_failures`
    pub max_failures: u32,
    pub at: Timestamp,
    pub trail: Trail,
}

impl Store {
    /// Counts an attempt at a user's password; `None` if no more may be made.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reserve_attempt(
        &self,
        user_id: Uuid,
        max_failures: u32,
    ) -> Result<Option<Reservation>, StoreError> {
        self.retrying(async || {
            // A single statement is its own transaction.
            let counted = Entity::update_many()
                .col_expr(Column::Failures, Expr::col(Column::Failures).add(1))
                .filter(Column::UserId.eq(user_id))
                .filter(Column::LockedAt.is_null())
                .filter(Column::Failures.lt(i64::from(max_failures)))
                .exec_with_returning(&self.write)
                .await?;
            let counted = counted.into_iter().next();
            Ok(counted.map(|row| Reservation { user_id, number: row.failures, device: None }))
        })
        .await
    }

    /// The work of a counted attempt where there is nothing to count, so that the time does not tell
    /// which accounts there are, or are locked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn feign_attempt(&self, draw: u8) -> Result<(), StoreError> {
        self.retrying(async || {
            stand_in::Entity::update_many()
                .col_expr(stand_in::Column::Attempts, Expr::col(stand_in::Column::Attempts).add(1))
                .filter(stand_in::Column::Id.eq(i16::from(draw) % stand_in::ROWS))
                .exec(&self.write)
                .await?;
            Ok(())
        })
        .await
    }

    /// Takes back an attempt that was never evaluated, such as one for which there was no room.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdraw_attempt(&self, reservation: Reservation) -> Result<(), StoreError> {
        let once = Reservation { number: 1, ..reservation };
        self.retrying(async || settle(&self.write, once).await).await?;
        Ok(())
    }

    /// Writes what a right password leaves that leads to nothing else.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_attempt(&self, reservation: Reservation, trail: &Trail) -> Result<(), StoreError> {
        self.retrying(async || {
            let transaction = self.begin(&self.write).await?;
            settle(&transaction, reservation).await?;
            trail::write(&transaction, trail).await?;
            Ok(transaction.commit().await?)
        })
        .await?;
        self.count(trail);
        Ok(())
    }

    /// Writes what a wrong password leaves, and locks the account if no attempt is left. The lock's own
    /// trail is written by the one that locks.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn fail_last_attempt(&self, lock: &Lock, trail: &Trail) -> Result<(), StoreError> {
        let locked = self.retrying(|| self.try_fail_last_attempt(lock, trail)).await?;
        self.count(trail);
        if locked {
            self.count(&lock.trail);
        }
        Ok(())
    }

    async fn try_fail_last_attempt(&self, lock: &Lock, trail: &Trail) -> Result<bool, StoreError> {
        let transaction = self.begin(&self.write).await?;
        let updated = Entity::update_many()
            .col_expr(Column::LockedAt, Expr::value(lock.at.as_micros()))
            .filter(Column::UserId.eq(lock.user_id))
            .filter(Column::LockedAt.is_null())
            .filter(Column::Failures.gte(i64::from(lock.max_failures)))
            .exec(&transaction)
            .await?;
        let locked = updated.rows_affected > 0;
        trail::write(&transaction, trail).await?;
        if locked {
            // Logins that wait for their second factor rest on this password.
            login_challenge::void(&transaction, lock.user_id, lock.at).await?;
            trail::write(&transaction, &lock.trail).await?;
        }
        transaction.commit().await?;
        Ok(locked)
    }
}

/// The attempt was right: it and those before it count no more, those after it still do. False if the
/// account was locked meanwhile, or its password is gone: then the attempt has come too late.
pub(super) async fn settle(
    connection: &impl ConnectionTrait,
    reservation: Reservation,
) -> Result<bool, StoreError> {
    if let Some(device) = reservation.device {
        return trusted_device::settle_attempt(connection, device, reservation.number).await;
    }
    let updated = Entity::update_many()
        .col_expr(Column::Failures, counter::less(Column::Failures, reservation.number))
        .filter(Column::UserId.eq(reservation.user_id))
        .filter(Column::LockedAt.is_null())
        .exec(connection)
        .await?;
    Ok(updated.rows_affected > 0)
}
