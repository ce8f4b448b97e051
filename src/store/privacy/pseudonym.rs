//! Pseudonymisation of security events: what happened stays, what identifies the person is removed.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::model::pseudonym;
use crate::store::database::keyset::{self, Position};
use crate::store::entity::security_event::{Column, Entity, Model};
use crate::store::{Decision, Store, StoreError, Tx};

/// Which of a person's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Events about the person, by any user: all but ids and plain words is removed.
    About,
    /// Events that the person caused and that are about another user or none: address and user agent go, and where
    /// they are about no user the detail as well.
    By,
}

/// What stands in place of the correlation id, which callers choose and so may name them by. No caller can
/// choose these words: they tell which rows are done.
const DONE: &str = "(erased)";
const DONE_FOR_ACTOR: &str = "(actor erased)";

impl Store {
    /// Pseudonymises the next events of a person that have not been so far, up to `limit` and in one
    /// transaction; returns where to go on, if there may be more.
    ///
    /// # Errors
    /// [`StoreError`]; then none of these has changed.
    pub async fn pseudonymise(
        &self,
        user_id: Uuid,
        part: Part,
        after: Option<Position>,
        limit: u64,
    ) -> Result<Option<Position>, StoreError> {
        self.transact(|tx| async move {
            let rows = Entity::find()
                .filter(part.of(user_id))
                .filter(keyset::later_than(Column::CreatedAt, Column::Id, after))
                .filter(Column::CorrelationId.is_not_in(part.done().iter().copied()))
                .order_by_asc(Column::CreatedAt)
                .order_by_asc(Column::Id)
                .limit(limit)
                .lock_exclusive()
                .all(&tx)
                .await?;
            if rows.is_empty() {
                return Ok(Decision::Rollback(None));
            }
            Entity::update_many()
                .col_expr(Column::Address, Expr::value(None::<String>))
                .col_expr(Column::UserAgent, Expr::value(None::<String>))
                .col_expr(Column::CorrelationId, Expr::value(part.done()[0]))
                .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
                .exec(&tx)
                .await?;
            // The detail of what was done to others is about them, and stays.
            let others = |row: &&Model| row.user_id.is_some_and(|about| about != user_id);
            for row in rows.iter().filter(|row| !others(row)) {
                reduce(&tx, row).await?;
            }
            Ok(Decision::Commit(next(&rows, limit)))
        })
        .await
    }
}

impl Part {
    /// What marks rows that are done; the first is what is written.
    const fn done(self) -> &'static [&'static str] {
        match self {
            Self::About => &[DONE],
            // The person whom it is about may have been erased before.
            Self::By => &[DONE_FOR_ACTOR, DONE],
        }
    }

    /// The two parts have no event in common.
    pub(in crate::store) fn of(self, user_id: Uuid) -> Condition {
        match self {
            Self::About => Column::UserId.eq(user_id).into(),
            Self::By => {
                let others = Column::UserId.is_null().or(Column::UserId.ne(user_id));
                Condition::all().add(Column::ActorId.eq(user_id)).add(others)
            }
        }
    }
}

/// Where the next events begin: a page that is not full was the last.
fn next(rows: &[Model], limit: u64) -> Option<Position> {
    rows.last().filter(|_| rows.len() as u64 >= limit).map(|row| (row.created_at, row.id))
}

async fn reduce(tx: &Tx, row: &Model) -> Result<(), StoreError> {
    let reduced = pseudonym::reduced(&row.detail);
    if reduced != row.detail {
        Entity::update_many()
            .col_expr(Column::Detail, Expr::value(reduced))
            .filter(Column::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}
