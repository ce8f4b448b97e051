//! Attempts at second factors. Each is counted before it is evaluated, for the account and the factor, whichever
//! flow it is made in, so that however many come at once, on however many nodes, no more are evaluated than the
//! limits allow (NIST SP 800-63B-4 §3.2.2).

use std::time::Duration;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::factor::Factor;
use crate::store::entity::factor_attempt::{ActiveModel, Column, Entity, Model};
use crate::store::{Decision, Effects, Store, StoreError, Tx, database::counter, session::login_challenge};

/// Locks double up to this.
const LONGEST_LOCK: Duration = Duration::from_secs(86_400);
/// A factor at which nothing was tried for so long has its locks forgotten.
const FORGIVEN_AFTER: Duration = Duration::from_secs(2 * 86_400);

/// How many attempts there are.
#[derive(Clone, Copy, Debug)]
pub struct AttemptLimits {
    /// Wrong ones that lock the factor.
    pub max_failures: u32,
    /// The first lock.
    pub lockout: Duration,
    /// Wrong ones in a row, over all locks, that disable the factor.
    pub max_consecutive: u32,
}

/// An attempt that was counted, and may be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactorReservation {
    pub user_id: Uuid,
    pub factor: Factor,
    /// The number of the attempt since the last right one.
    pub consecutive: i64,
    /// The number of the attempt since the last lock.
    pub recent: i64,
}

/// The outcome of [`Store::reserve_factor_attempt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationOutcome {
    Yes(FactorReservation),
    /// Others that were not evaluated yet have taken all that are left.
    InTurn,
    /// Not before then.
    LockedUntil(Timestamp),
    /// Not before an administrator unlocks the account.
    Disabled,
}

/// The lock that a wrong attempt leads to if it was the last one.
#[derive(Clone, Debug)]
pub struct FactorLock {
    pub reservation: FactorReservation,
    pub limits: AttemptLimits,
    pub at: Timestamp,
    pub effects: Effects,
}

impl Store {
    /// Counts an attempt.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reserve_factor_attempt(
        &self,
        user_id: Uuid,
        factor: Factor,
        limits: AttemptLimits,
        now: Timestamp,
    ) -> Result<ReservationOutcome, StoreError> {
        self.retrying(async || {
            insert_if_absent(&self.write, user_id, factor, now).await?;
            let is_over = over(limits, now);
            let restarted = |otherwise: SimpleExpr, then: i64| {
                CaseStatement::new().case(is_over.clone(), then).finally(otherwise)
            };
            let forgiven = Column::LastTriedAt.lte(now.minus(FORGIVEN_AFTER));
            let locks = CaseStatement::new().case(forgiven, 0_i64).finally(Expr::col(Column::Locks));
            let counted = Entity::update_many()
                .col_expr(Column::Consecutive, Expr::col(Column::Consecutive).add(1))
                .col_expr(Column::Recent, restarted(Expr::col(Column::Recent).add(1), 1).into())
                .col_expr(Column::Locks, locks.into())
                .col_expr(Column::LockedUntil, Expr::value(None::<i64>))
                .col_expr(Column::LastTriedAt, Expr::value(now))
                .filter(of(user_id, factor))
                .filter(Column::Consecutive.lt(i64::from(limits.max_consecutive)))
                .filter(
                    Condition::any().add(is_over.clone()).add(
                        Condition::all()
                            .add(Column::LockedUntil.is_null())
                            .add(Column::Recent.lt(i64::from(limits.max_failures))),
                    ),
                )
                .exec_with_returning(&self.write)
                .await?;
            if let Some(row) = counted.into_iter().next() {
                let (consecutive, recent) = (row.consecutive, row.recent);
                return Ok(ReservationOutcome::Yes(FactorReservation {
                    user_id,
                    factor,
                    consecutive,
                    recent,
                }));
            }
            let row = Entity::find().filter(of(user_id, factor)).one(&self.write).await?;
            Ok(row.map_or(ReservationOutcome::InTurn, |row| refusal(&row, limits)))
        })
        .await
    }

    /// The attempt was right, or none at all: it, and if it was right those before it, count no more. `false` if
    /// the factor was locked meanwhile: then it has come too late.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_factor_attempt(
        &self,
        attempt: FactorReservation,
        right: bool,
    ) -> Result<bool, StoreError> {
        self.retrying(async || settle(&self.write, attempt, right).await).await
    }

    /// Locks the factor if no attempt is left, and ends the user's logins that wait for a second factor. `true`
    /// if this call has locked it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lock_factor(&self, lock: &FactorLock) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let (user_id, factor) = (lock.reservation.user_id, lock.reservation.factor);
            let Some(row) = Entity::find().filter(of(user_id, factor)).one(&tx).await? else {
                return Ok(Decision::Rollback(false));
            };
            if !write_lock(&tx, lock, row.locks).await? {
                return Ok(Decision::Rollback(false));
            }
            login_challenge::void(&tx, user_id, lock.at).await?;
            tx.record(&lock.effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }
}

/// Locks a factor that has been locked so often. `false` if attempts are left, or another call has locked it.
async fn write_lock(tx: &Tx, lock: &FactorLock, locks: i64) -> Result<bool, StoreError> {
    let until = lock.at.plus(length(lock.limits.lockout, locks));
    let updated = Entity::update_many()
        .col_expr(Column::LockedUntil, Expr::value(until))
        .col_expr(Column::Locks, Expr::col(Column::Locks).add(1))
        .filter(of(lock.reservation.user_id, lock.reservation.factor))
        .filter(Column::LockedUntil.is_null())
        .filter(Column::Locks.eq(locks))
        .filter(Column::Recent.gte(i64::from(lock.limits.max_failures)))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// See [`Store::settle_factor_attempt`].
pub(in crate::store) async fn settle(
    connection: &impl ConnectionTrait,
    attempt: FactorReservation,
    right: bool,
) -> Result<bool, StoreError> {
    let (consecutive, recent) = if right { (attempt.consecutive, attempt.recent) } else { (1, 1) };
    let mut update = Entity::update_many()
        .col_expr(Column::Consecutive, counter::less(Column::Consecutive, consecutive))
        .col_expr(Column::Recent, counter::less(Column::Recent, recent));
    if right {
        update = update.col_expr(Column::Locks, Expr::value(0_i64));
    }
    let updated = update
        .filter(of(attempt.user_id, attempt.factor))
        .filter(Column::LockedUntil.is_null())
        .exec(connection)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Whether anything was tried wrongly at a user's factors since the last right one, or one is locked.
pub(in crate::store) async fn is_any(tx: &Tx, user_id: Uuid) -> Result<bool, StoreError> {
    let tried = Condition::any().add(Column::Consecutive.gt(0_i64)).add(Column::LockedUntil.is_not_null());
    let row = Entity::find().filter(Column::UserId.eq(user_id)).filter(tried).one(tx).await?;
    Ok(row.is_some())
}

/// Forgets all that was tried at a user's factors.
pub(in crate::store) async fn forget(tx: &Tx, user_id: Uuid) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(tx).await?;
    Ok(())
}

/// Forgets what was tried at one of them.
pub(in crate::store) async fn forget_factor(
    tx: &Tx,
    user_id: Uuid,
    factor: Factor,
) -> Result<(), StoreError> {
    Entity::delete_many().filter(of(user_id, factor)).exec(tx).await?;
    Ok(())
}

async fn insert_if_absent(
    connection: &DatabaseConnection,
    user_id: Uuid,
    factor: Factor,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        user_id: Set(user_id),
        factor: Set(factor.into()),
        consecutive: Set(0),
        recent: Set(0),
        locks: Set(0),
        locked_until: Set(None),
        last_tried_at: Set(now),
    };
    let keep = OnConflict::columns([Column::UserId, Column::Factor]).do_nothing().to_owned();
    Entity::insert(row).on_conflict(keep).exec_without_returning(connection).await?;
    Ok(())
}

fn of(user_id: Uuid, factor: Factor) -> Condition {
    Condition::all().add(Column::UserId.eq(user_id)).add(Column::Factor.eq(factor))
}

/// A lock whose time is over; or one that should be there, but the process that was to write it died.
fn over(limits: AttemptLimits, now: Timestamp) -> Condition {
    let died = Condition::all()
        .add(Column::LockedUntil.is_null())
        .add(Column::Recent.gte(i64::from(limits.max_failures)))
        .add(Column::LastTriedAt.lte(now.minus(limits.lockout)));
    Condition::any().add(Column::LockedUntil.lte(now)).add(died)
}

fn refusal(row: &Model, limits: AttemptLimits) -> ReservationOutcome {
    if row.consecutive >= i64::from(limits.max_consecutive) {
        return ReservationOutcome::Disabled;
    }
    match row.locked_until {
        Some(until) => ReservationOutcome::LockedUntil(until),
        None => ReservationOutcome::InTurn,
    }
}

fn length(first: Duration, locks: i64) -> Duration {
    let doublings = u32::try_from(locks.clamp(0, 20)).unwrap_or(0);
    first.saturating_mul(1 << doublings).min(LONGEST_LOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_double_up_to_a_day() {
        let minutes = |locks| length(Duration::from_secs(900), locks).as_secs() / 60;
        assert_eq!([0, 1, 2, 3].map(minutes), [15, 30, 60, 120]);
        assert_eq!([7, 30, i64::MAX, -1].map(minutes), [1_440, 1_440, 1_440, 15]);
    }
}
