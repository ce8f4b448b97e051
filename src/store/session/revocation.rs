//! The revocation log: written with every revocation, read by every node.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::revocation::{Cutoff, RevokeReason};
use crate::store::entity::revocation::{ActiveModel, Column, Entity, Model};
use crate::store::{Store, StoreError, Tx};

/// The PostgreSQL channel on which a commit with revocations wakes the other nodes.
pub(in crate::store) const CHANNEL: &str = "kindred_revocations";
/// Rows read at a time.
const PAGE: u64 = 5_000;

/// A family that has ended, or all of before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    pub seq: i64,
    /// Nil if there is a cutoff.
    pub family_id: Uuid,
    /// All families that it covers are revoked.
    pub cutoff: Option<Cutoff>,
    pub revoked_at: Timestamp,
}

impl Store {
    /// Revocations after `seq` that are not older than `since`, in the order of the log. Those of all sessions are
    /// there as long as they are kept, whatever their age.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revocations_after(&self, seq: i64, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        let mut all: Vec<Revocation> = Vec::new();
        loop {
            let last = all.last().map_or(seq, |revocation| revocation.seq);
            let page = self.bounded(self.revocation_page(last, since)).await?;
            let is_last = (page.len() as u64) < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn revocation_page(&self, seq: i64, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        let rows = Entity::find()
            .filter(Column::Seq.gt(seq))
            .filter(Column::RevokedAt.gte(since).or(Column::CreatedBefore.is_not_null()))
            .order_by_asc(Column::Seq)
            .limit(PAGE)
            .all(&self.read)
            .await?;
        Ok(rows.iter().map(read).collect())
    }

    /// Forgets revocations that no access token can outlive. Those of all sessions stay until each row says so itself.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn purge_revocations(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.retrying(|| async {
            let deleted = Entity::delete_many()
                .filter(Column::RevokedAt.lt(before))
                .filter(Column::CreatedBefore.is_null().or(Column::SettledAt.lt(before)))
                .exec(&self.write)
                .await?;
            Ok(deleted.rows_affected)
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

fn read(row: &Model) -> Revocation {
    Revocation {
        seq: row.seq,
        family_id: row.family_id,
        cutoff: row.created_before.map(Cutoff::at),
        revoked_at: row.revoked_at,
    }
}
