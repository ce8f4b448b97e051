//! Taking the person out of the audit log, and leaving what happened.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entity::security_event::{Column, Entity, Model};
use super::{Store, StoreError};
use crate::model::pseudonym;

/// Which of a person's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// About the person, by whomever: all but ids and plain words goes.
    About,
    /// By the person about others or nobody: where it came from goes.
    By,
}

/// How far a walk over events has come: time in microseconds, and id.
pub type EventPosition = (i64, Uuid);

/// What stands in place of the correlation id, which callers choose and so may name them by. No caller can
/// choose these words: they tell which rows are done.
const DONE: &str = "(erased)";
const DONE_FOR_ACTOR: &str = "(actor erased)";

impl Store {
    /// Pseudonymises up to `limit` events of a person that have not been so far, in one transaction, and
    /// tells how many they were.
    ///
    /// # Errors
    /// [`StoreError`]; then none of these has changed.
    pub async fn pseudonymise(&self, user_id: Uuid, part: Part, limit: u64) -> Result<u64, StoreError> {
        self.retrying(|| self.try_pseudonymise(user_id, part, limit)).await
    }

    async fn try_pseudonymise(&self, user_id: Uuid, part: Part, limit: u64) -> Result<u64, StoreError> {
        let transaction = self.begin(&self.write).await?;
        let rows = Entity::find()
            .filter(part.of(user_id))
            .filter(Column::CorrelationId.is_not_in(part.done().iter().copied()))
            .order_by_asc(Column::Id)
            .limit(limit)
            .lock_exclusive()
            .all(&transaction)
            .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        Entity::update_many()
            .col_expr(Column::Address, Expr::value(None::<String>))
            .col_expr(Column::UserAgent, Expr::value(None::<String>))
            .col_expr(Column::CorrelationId, Expr::value(part.done()[0]))
            .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(&transaction)
            .await?;
        if part == Part::About {
            reduce(&transaction, &rows).await?;
        }
        transaction.commit().await?;
        Ok(rows.len() as u64)
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
    pub(super) fn of(self, user_id: Uuid) -> Condition {
        match self {
            Self::About => Column::UserId.eq(user_id).into(),
            Self::By => {
                let others = Column::UserId.is_null().or(Column::UserId.ne(user_id));
                Condition::all().add(Column::ActorId.eq(user_id)).add(others)
            }
        }
    }
}

/// Events behind this one, in the order of the indexes.
pub(super) fn later_than(position: Option<EventPosition>) -> Condition {
    let Some((at, id)) = position else {
        return Condition::all();
    };
    let behind = Column::CreatedAt.gt(at).or(Column::Id.gt(id));
    // The first one is what an index can begin with.
    Condition::all().add(Column::CreatedAt.gte(at)).add(behind)
}

async fn reduce(connection: &impl ConnectionTrait, rows: &[Model]) -> Result<(), StoreError> {
    for row in rows {
        let reduced = pseudonym::reduced(&row.detail);
        if reduced != row.detail {
            Entity::update_many()
                .col_expr(Column::Detail, Expr::value(reduced))
                .filter(Column::Id.eq(row.id))
                .exec(connection)
                .await?;
        }
    }
    Ok(())
}
