//! The revocation log: written with every revocation, read by every node.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::revocation::{Cutoff, RevokeReason};
use crate::model::revocation_log::{LogPage, LoggedRevocation, Wanted};
use crate::store::entity::revocation::{ActiveModel, Column, Entity, Model};
use crate::store::{Decision, Store, StoreError, Tx, session::family as session_family};

/// The PostgreSQL channel on which a commit with revocations wakes the other nodes.
pub(in crate::store) const CHANNEL: &str = "kindred_revocations";
/// Rows read at a time.
const PAGE: u64 = 5_000;

/// Where a reader of the log begins.
#[derive(Clone, Debug)]
pub struct LogBeginning {
    /// The last entry that no access token can outlive: what lies below does not count.
    pub behind: Option<LoggedRevocation>,
    /// What counts all the same.
    pub below: Vec<LoggedRevocation>,
}

impl Store {
    /// Where to begin, if only what was revoked since then counts, and what revokes all sessions of before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revocation_log_beginning(&self, since: Timestamp) -> Result<LogBeginning, StoreError> {
        self.bounded(async {
            let old = Entity::find().filter(Column::RevokedAt.lt(since));
            let behind = old.order_by_desc(Column::Seq).limit(1).one(&self.watch).await?;
            let Some(behind) = behind else { return Ok(LogBeginning { behind: None, below: Vec::new() }) };
            let below = Entity::find()
                .filter(Column::Seq.lte(behind.seq))
                .filter(Column::RevokedAt.gte(since).or(Column::CreatedBefore.is_not_null()))
                .order_by_asc(Column::Seq)
                .all(&self.watch)
                .await?;
            Ok(LogBeginning { behind: Some(read(&behind)), below: below.iter().map(read).collect() })
        })
        .await
    }

    /// The next page of what is wanted of the log, above a number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revocation_page(&self, wanted: &Wanted, after: i64) -> Result<LogPage, StoreError> {
        let ranges = wanted.ranges.iter();
        let ranges = ranges.map(|range| Column::Seq.between(*range.start(), *range.end()));
        let numbers = ranges.fold(Condition::any().add(Column::Seq.gt(wanted.above)), Condition::add);
        self.bounded(async {
            let rows = Entity::find()
                // Said twice, so that a walk along the index begins here whatever the planner takes the rest for.
                .filter(Column::Seq.gt(Ord::max(after, wanted.first().saturating_sub(1))))
                .filter(numbers)
                .order_by_asc(Column::Seq)
                .limit(PAGE)
                .all(&self.watch)
                .await?;
            let is_last = (rows.len() as u64) < PAGE;
            Ok(LogPage { after, entries: rows.iter().map(read).collect(), is_last })
        })
        .await
    }

    /// Forgets revocations that no access token can outlive. Those of all sessions stay until each row says so itself,
    /// and so does the last one of the others, by which readers see that the log was not set back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn purge_revocations(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.retrying(|| async {
            let old = Entity::find().filter(Column::RevokedAt.lt(before));
            // The newest by its time, which an index finds. Those with higher numbers stay as well, and one of them is what
            // readers compare with.
            let last = old.order_by_desc(Column::RevokedAt).limit(1).one(&self.write).await?;
            let Some(last) = last else { return Ok(0) };
            let deleted = Entity::delete_many()
                .filter(Column::RevokedAt.lt(before))
                .filter(Column::Seq.lt(last.seq))
                .filter(Column::CreatedBefore.is_null().or(Column::SettledAt.lt(before)))
                .exec(&self.write)
                .await?;
            Ok(deleted.rows_affected)
        })
        .await
    }

    /// Revokes families that this process knows to be revoked, and that the database has forgotten: their rows, where
    /// they are there, and their entries in the log.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn revoke_again(&self, families: &[Uuid], at: Timestamp) -> Result<(), StoreError> {
        self.transact(|tx| async move {
            session_family::revoke(&tx, families, RevokeReason::Regressed, at).await?;
            self.log_revocations(&tx, families, RevokeReason::Regressed, at).await?;
            Ok(Decision::Commit(()))
        })
        .await
    }

    /// Logs revocations in their transaction, and on PostgreSQL wakes the other nodes at its commit.
    pub(in crate::store) async fn log_revocations(
        &self,
        tx: &Tx,
        families: &[Uuid],
        reason: RevokeReason,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if families.is_empty() {
            return Ok(());
        }
        let rows = families.iter().map(|family| ActiveModel {
            seq: NotSet,
            family_id: Set(*family),
            revoked_at: Set(at),
            reason: Set(reason),
            created_before: Set(None),
            settled_at: Set(None),
        });
        Entity::insert_many(rows).exec_without_returning(tx).await?;
        if !self.is_sqlite() {
            tx.execute_unprepared(&format!("NOTIFY {CHANNEL}")).await?;
        }
        Ok(())
    }
}

fn read(row: &Model) -> LoggedRevocation {
    LoggedRevocation {
        seq: row.seq,
        family_id: row.family_id,
        cutoff: row.created_before.map(Cutoff::at),
        revoked_at: row.revoked_at,
        reason: row.reason,
    }
}
