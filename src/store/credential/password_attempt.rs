//! Attempts at a password. Each is counted before it is made, so that however many come at once, on
//! however many nodes, no more are evaluated than the limit allows (NIST SP 800-63B-4 §3.2.2).
//!
//! There are two pools: the known devices of an account, all together, and all other devices. What strangers do fills
//! the one that the owner does not need.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{CaseStatement, Expr, LockType, OnConflict, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::entity::password_credential::{Column, Entity};
use crate::store::entity::{device_attempt, stand_in, user};
use crate::store::{Decision, Effects, Store, StoreError, Tx, database::counter};

/// Whose failures are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    Unknown,
    Known,
}

/// An attempt that was counted, and may be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    pub user_id: Uuid,
    /// The number of the attempt since the last right password in its pool.
    pub number: i64,
    /// The known device that it was counted for; without one it is in the pool of the unknown ones.
    pub device: Option<DeviceAttempt>,
    /// A known device that had none of its own left, and so is among the unknown ones: a right password makes good for
    /// its wrong ones.
    pub spent_device: Option<Uuid>,
}

/// An attempt of a known device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceAttempt {
    pub id: Uuid,
    /// The number of the attempt since the device's last right password.
    pub number: i64,
}

/// A known device that wants to try a password.
#[derive(Clone, Copy, Debug)]
pub struct KnownAttempt {
    pub user_id: Uuid,
    pub device_id: Uuid,
    /// `throttle.password_failures`
    pub max_failures: u32,
    /// `throttle.password_failures_per_device`
    pub max_failures_per_device: u32,
    pub at: Timestamp,
}

/// The outcome of [`Store::reserve_known_attempt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownOutcome {
    Counted(Reservation),
    /// The device has used up its own attempts, and counts as unknown.
    DeviceSpent,
    /// The known devices together have none left, or there is no password.
    PoolFull,
}

/// The lock that a full pool leads to.
#[derive(Clone, Debug)]
pub struct Lock {
    pub user_id: Uuid,
    pub pool: Pool,
    /// `throttle.password_failures`
    pub max_failures: u32,
    pub at: Timestamp,
    pub effects: Effects,
}

impl Pool {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Known => "known",
        }
    }

    const fn failures(self) -> Column {
        match self {
            Self::Unknown => Column::Failures,
            Self::Known => Column::KnownFailures,
        }
    }

    const fn locked_at(self) -> Column {
        match self {
            Self::Unknown => Column::LockedAt,
            Self::Known => Column::KnownLockedAt,
        }
    }
}

impl Reservation {
    pub const fn pool(&self) -> Pool {
        if self.device.is_some() { Pool::Known } else { Pool::Unknown }
    }
}

impl Store {
    /// Counts an attempt of an unknown device at a user's password; `None` if no more may be made. Writes one row in
    /// any case, so that the time does not tell which.
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
            let counted = count(&self.write, user_id, Pool::Unknown, max_failures).await?;
            Ok(counted.map(|number| Reservation { user_id, number, device: None, spent_device: None }))
        })
        .await
    }

    /// Does the work of a counted attempt where there is no account, so that the time does not tell which accounts
    /// there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn feign_attempt(&self, draw: u8) -> Result<(), StoreError> {
        self.retrying(async || {
            stand_in::Entity::update_many()
                .col_expr(stand_in::Column::Attempts, Expr::col(stand_in::Column::Attempts).add(1))
                .filter(stand_in::Column::Id.eq(i16::from(draw) % stand_in::ROWS))
                .exec_with_returning(&self.write)
                .await?;
            Ok(())
        })
        .await
    }

    /// Counts an attempt of a known device: for the device, and in the pool of all known ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reserve_known_attempt(&self, attempt: KnownAttempt) -> Result<KnownOutcome, StoreError> {
        self.transact(|tx| async move {
            let user_id = attempt.user_id;
            if !lock_user(&tx, user_id).await? {
                return Ok(Decision::Rollback(KnownOutcome::PoolFull));
            }
            let counted = count(&tx, user_id, Pool::Known, attempt.max_failures).await?;
            let Some(number) = counted else {
                // The pool notes that it was found full.
                return Ok(Decision::Commit(KnownOutcome::PoolFull));
            };
            let of_device = count_for_device(&tx, attempt).await?;
            if of_device > i64::from(attempt.max_failures_per_device) {
                // Nothing is counted here: it will be among the unknown ones.
                return Ok(Decision::Rollback(KnownOutcome::DeviceSpent));
            }
            let device = Some(DeviceAttempt { id: attempt.device_id, number: of_device });
            let reservation = Reservation { user_id, number, device, spent_device: None };
            Ok(Decision::Commit(KnownOutcome::Counted(reservation)))
        })
        .await
    }

    /// Takes back an attempt that was never evaluated, such as one for which the password pool had no room.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdraw_attempt(&self, reservation: Reservation) -> Result<(), StoreError> {
        let device = reservation.device.map(|device| DeviceAttempt { number: 1, ..device });
        let once = Reservation { number: 1, device, spent_device: None, ..reservation };
        self.settle_attempt(once, &Effects::default()).await
    }

    /// Settles an attempt that was right where nothing else is to be written with it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_attempt(
        &self,
        reservation: Reservation,
        effects: &Effects,
    ) -> Result<(), StoreError> {
        self.transact(|tx| async move {
            settle(&tx, reservation).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(()))
        })
        .await
    }

    /// Locks a pool that is full, and writes the effects once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lock_password(&self, lock: &Lock) -> Result<(), StoreError> {
        self.transact(|tx| async move {
            if !write_lock(&tx, lock).await? {
                return Ok(Decision::Rollback(()));
            }
            tx.record(&lock.effects).await?;
            Ok(Decision::Commit(()))
        })
        .await
    }
}

/// Keeps a user from being deleted until the commit. The foreign key of a new device's row takes this lock in any case,
/// and the user comes before the password. `false` if there is no such user.
async fn lock_user(tx: &Tx, user_id: Uuid) -> Result<bool, StoreError> {
    let user = user::Entity::find_by_id(user_id).select_only().column(user::Column::Id);
    let user: Option<Uuid> = user.lock(LockType::KeyShare).into_tuple().one(tx).await?;
    Ok(user.is_some())
}

/// Locks a full pool. `false` if it has room, or is locked.
async fn write_lock(tx: &Tx, lock: &Lock) -> Result<bool, StoreError> {
    let (failures, locked_at) = (lock.pool.failures(), lock.pool.locked_at());
    let most = i64::from(lock.max_failures);
    let full = failures.into_simple_expr().gt(most);
    // Those who found the pool full have noted one attempt more than there are.
    let counted = CaseStatement::new().case(full, most).finally(failures.into_simple_expr());
    let updated = Entity::update_many()
        .col_expr(locked_at, Expr::value(lock.at))
        .col_expr(failures, counted.into())
        .filter(Column::UserId.eq(lock.user_id))
        .filter(locked_at.is_null())
        .filter(failures.gte(most))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Counts an attempt in a pool; `None` if it is full, or there is no password. One more than the limit is how a full
/// pool tells that it was: the row is written all the same, and by one statement.
async fn count(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    pool: Pool,
    max_failures: u32,
) -> Result<Option<i64>, StoreError> {
    let (failures, most) = (pool.failures(), i64::from(max_failures));
    let is_open = pool.locked_at().is_null().and(failures.into_simple_expr().lte(most));
    let next = CaseStatement::new()
        .case(is_open, failures.into_simple_expr().add(1))
        .finally(failures.into_simple_expr());
    let counted = Entity::update_many()
        .col_expr(failures, next.into())
        .filter(Column::UserId.eq(user_id))
        .exec_with_returning(connection)
        .await?;
    Ok(counted.into_iter().next().and_then(|row| {
        let (number, locked_at) = match pool {
            Pool::Unknown => (row.failures, row.locked_at),
            Pool::Known => (row.known_failures, row.known_locked_at),
        };
        (locked_at.is_none() && number <= most).then_some(number)
    }))
}

async fn count_for_device(tx: &Tx, attempt: KnownAttempt) -> Result<i64, StoreError> {
    use device_attempt::{ActiveModel, Column, Entity};
    let more: SimpleExpr = Expr::col((Entity, Column::Failures)).add(1);
    let counted = OnConflict::column(Column::DeviceId)
        .value(Column::Failures, more)
        .update_column(Column::LastTriedAt)
        .to_owned();
    let row = ActiveModel {
        device_id: Set(attempt.device_id),
        user_id: Set(attempt.user_id),
        failures: Set(1),
        last_tried_at: Set(attempt.at),
    };
    Ok(Entity::insert(row).on_conflict(counted).exec_with_returning(tx).await?.failures)
}

/// The attempt was right: it and those before it in its pool count no more, those after it still do. False if the
/// pool was full meanwhile, or the password is gone: then the attempt has come too late.
pub(in crate::store) async fn settle(tx: &Tx, reservation: Reservation) -> Result<bool, StoreError> {
    let pool = reservation.pool();
    let updated = Entity::update_many()
        .col_expr(pool.failures(), counter::less(pool.failures(), reservation.number))
        .filter(Column::UserId.eq(reservation.user_id))
        .filter(pool.locked_at().is_null())
        .exec(tx)
        .await?;
    if let Some(device) = reservation.device {
        settle_for_device(tx, device).await?;
    }
    if let Some(spent) = reservation.spent_device {
        device_attempt::Entity::delete_by_id(spent).exec(tx).await?;
    }
    Ok(updated.rows_affected > 0)
}

async fn settle_for_device(tx: &Tx, device: DeviceAttempt) -> Result<(), StoreError> {
    use device_attempt::{Column, Entity};
    let deleted = Entity::delete_by_id(device.id).filter(Column::Failures.lte(device.number));
    if deleted.exec(tx).await?.rows_affected > 0 {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::Failures, counter::less(Column::Failures, device.number))
        .filter(Column::DeviceId.eq(device.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets all failures of an account, when an administrator unlocks it or there is a new password.
pub(in crate::store) async fn forget(tx: &Tx, user_id: Uuid) -> Result<(), StoreError> {
    let mut update = Entity::update_many().filter(Column::UserId.eq(user_id));
    for pool in [Pool::Unknown, Pool::Known] {
        update = update
            .col_expr(pool.failures(), Expr::value(0_i64))
            .col_expr(pool.locked_at(), Expr::value(None::<i64>));
    }
    update.exec(tx).await?;
    device_attempt::Entity::delete_many().filter(device_attempt::Column::UserId.eq(user_id)).exec(tx).await?;
    Ok(())
}

/// Whether there are failures of known devices.
pub(in crate::store) async fn has_device_failures(tx: &Tx, user_id: Uuid) -> Result<bool, StoreError> {
    use device_attempt::{Column, Entity};
    Ok(Entity::find().filter(Column::UserId.eq(user_id)).one(tx).await?.is_some())
}
