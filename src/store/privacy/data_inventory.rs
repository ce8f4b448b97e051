//! Counts for the compliance report: rows, erasures that are pending, and accepted terms.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use crate::clock::Timestamp;
use crate::store::entity::{consent, user};
use crate::store::{Store, StoreError};

/// How many rows a table has, and how old they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    pub rows: u64,
    pub oldest: Option<Timestamp>,
}

/// Requested erasures that are not done yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingErasures {
    pub count: u64,
    /// Those whose time has come.
    pub due: u64,
    pub next_at: Option<Timestamp>,
}

/// How many users have accepted a version of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentCount {
    pub document: String,
    pub version: String,
    pub users: i64,
}

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn pending_erasures(&self, now: Timestamp) -> Result<PendingErasures, StoreError> {
        use user::{Column, Entity};
        self.bounded(async {
            let waiting = Entity::find().filter(Column::EraseAt.is_not_null());
            let due = waiting.clone().filter(Column::EraseAt.lte(now));
            let next = waiting.clone().select_only().column_as(Column::EraseAt.min(), "next_at");
            let next: Option<Option<Timestamp>> = next.into_tuple().one(&self.read).await?;
            Ok(PendingErasures {
                count: waiting.count(&self.read).await?,
                due: due.count(&self.read).await?,
                next_at: next.flatten(),
            })
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn consent_counts(&self) -> Result<Vec<ConsentCount>, StoreError> {
        use consent::{Column, Entity};
        self.bounded(async {
            let rows: Vec<(String, String, i64)> = Entity::find()
                .select_only()
                .column(Column::Document)
                .column(Column::Version)
                .column_as(Expr::col(Column::UserId).count_distinct(), "users")
                .group_by(Column::Document)
                .group_by(Column::Version)
                .into_tuple()
                .all(&self.read)
                .await?;
            let count = |(document, version, users)| ConsentCount { document, version, users };
            Ok(rows.into_iter().map(count).collect())
        })
        .await
    }
}
