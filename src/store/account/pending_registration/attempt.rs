//! Attempts at the password of a registration, counted before they are evaluated like those at an account's.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::store::entity::pending_registration::{Column, Entity, Model};
use crate::store::{Store, StoreError, database::counter};

/// Who guesses: the wrong passwords of each kind are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guesser {
    /// Anyone, at the login; strangers must not use up the attempts of the mailbox's owner.
    Anyone,
    LinkHolder,
}

impl Guesser {
    const fn column(self) -> Column {
        match self {
            Self::Anyone => Column::Failures,
            Self::LinkHolder => Column::LinkFailures,
        }
    }
}

/// An attempt at a registration's password that was counted, and may be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingAttempt {
    id: Uuid,
    guesser: Guesser,
    number: i64,
}

impl Store {
    /// Counts an attempt at a registration's password; `None` if no more may be made, or it is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reserve_pending_attempt(
        &self,
        id: Uuid,
        guesser: Guesser,
        max_failures: u32,
    ) -> Result<Option<PendingAttempt>, StoreError> {
        let column = guesser.column();
        self.retrying(async || {
            let counted = Entity::update_many()
                .col_expr(column, Expr::col(column).add(1))
                .filter(Column::Id.eq(id))
                .filter(column.lt(i64::from(max_failures)))
                .exec_with_returning(&self.write)
                .await?;
            let number = |row: Model| match guesser {
                Guesser::Anyone => row.failures,
                Guesser::LinkHolder => row.link_failures,
            };
            let counted = counted.into_iter().next();
            Ok(counted.map(|row| PendingAttempt { id, guesser, number: number(row) }))
        })
        .await
    }

    /// The attempt was right: it and those before it count no more. Or, `withdrawn`, it was never evaluated.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_pending_attempt(
        &self,
        attempt: PendingAttempt,
        withdrawn: bool,
    ) -> Result<(), StoreError> {
        let column = attempt.guesser.column();
        let number = if withdrawn { 1 } else { attempt.number };
        self.retrying(async || {
            Entity::update_many()
                .col_expr(column, counter::less(column, number))
                .filter(Column::Id.eq(attempt.id))
                .exec(&self.write)
                .await?;
            Ok(())
        })
        .await
    }
}
