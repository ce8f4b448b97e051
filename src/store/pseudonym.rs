//! Taking the person out of the audit log, and leaving what happened.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
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

impl Store {
    /// Pseudonymises the next events of a person, in one transaction; gives back how many they were and
    /// where the next begin, if there may be more. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]; then none of these has changed.
    pub async fn pseudonymise(
        &self,
        user_id: Uuid,
        part: Part,
        after: Option<EventPosition>,
        limit: u64,
    ) -> Result<(u64, Option<EventPosition>), StoreError> {
        self.retrying(|| self.try_pseudonymise(user_id, part, after, limit)).await
    }

    async fn try_pseudonymise(
        &self,
        user_id: Uuid,
        part: Part,
        after: Option<EventPosition>,
        limit: u64,
    ) -> Result<(u64, Option<EventPosition>), StoreError> {
        let transaction = self.begin(&self.write).await?;
        let rows = Entity::find()
            .filter(part.of(user_id))
            .filter(later_than(after))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .lock_exclusive()
            .all(&transaction)
            .await?;
        Entity::update_many()
            .col_expr(Column::Address, Expr::value(None::<String>))
            .col_expr(Column::UserAgent, Expr::value(None::<String>))
            // Callers choose it, so it may name them.
            .col_expr(Column::CorrelationId, Expr::value(""))
            .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(&transaction)
            .await?;
        if part == Part::About {
            reduce(&transaction, &rows).await?;
        }
        transaction.commit().await?;
        let is_full = rows.len() as u64 >= limit;
        let last = rows.last().filter(|_| is_full).map(|row| (row.created_at, row.id));
        Ok((rows.len() as u64, last))
    }
}

impl Part {
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
