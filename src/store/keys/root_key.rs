//! Root keys, sealed.

use std::time::Duration;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::authority::{Denial, Permission, may};
use crate::model::key_state::KeyState;
use crate::store::database::error;
use crate::store::entity::root_key::{ActiveModel, Column, Entity, Model};
use crate::store::entity::session_family as family;
use crate::store::{Decision, Effects, Store, StoreError, Tx, account::rights};

/// How long a superseded key is kept after the last session that existed then has expired.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A root key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRootKey {
    pub id: u8,
    /// Absent for a state of a newer version.
    pub state: Option<KeyState>,
    pub sealed: Vec<u8>,
    pub created_at: Timestamp,
    /// Of a superseded key: reuse of its tokens must be recognized until then.
    pub kept_until: Option<Timestamp>,
}

/// The outcome of a step in the life of root keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootKeyOutcome {
    Done,
    /// Another process was faster: nothing was written.
    Overtaken,
    /// The principal may not do this.
    Refused(Denial),
}

impl Store {
    /// All root keys; one that cannot be read is left out, and what was made with it is invalid.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn root_keys(&self) -> Result<Vec<StoredRootKey>, StoreError> {
        self.bounded(async {
            let rows = Entity::find().order_by_asc(Column::Id).all(&self.read).await?;
            Ok(error::without_corrupt(rows.into_iter().map(stored)).collect())
        })
        .await
    }

    /// Writes the first root key unless another node was faster.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_root_key(&self, id: u8, sealed: &[u8], now: Timestamp) -> Result<(), StoreError> {
        self.retrying(|| async {
            insert(&self.write, id, sealed, KeyState::Active, now).await?;
            Ok(())
        })
        .await
    }

    /// Announces a key, if the principal (absent for the command line) may: every node learns it before it is used. Its id
    /// is greater than that of every other key, so that no id is used again.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was written.
    pub async fn announce_root_key(
        &self,
        by: Option<Uuid>,
        key: &StoredRootKey,
        effects: &Effects,
    ) -> Result<RootKeyOutcome, StoreError> {
        self.transact(|tx| async move {
            if let Err(denial) = may(rights::lock(&tx, by).await?, Permission::Manage) {
                return Ok(Decision::Rollback(RootKeyOutcome::Refused(denial)));
            }
            tx.recheck_acting_session(effects).await?;
            self.lock_root_keys(&tx).await?;
            let known = rows(&tx).await?;
            let is_free = known
                .iter()
                .all(|row| row.id < i16::from(key.id) && row.state.known() != Some(KeyState::Standby));
            if !is_free || insert(&tx, key.id, &key.sealed, KeyState::Standby, key.created_at).await? == 0 {
                return Ok(Decision::Rollback(RootKeyOutcome::Overtaken));
            }
            tx.record(effects).await?;
            Ok(Decision::Commit(RootKeyOutcome::Done))
        })
        .await
    }

    /// Lets an announced key take over. The active one is kept until a day after the last session that exists now can
    /// expire: until then its tokens may be presented again, and reuse must be recognized.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn activate_root_key(&self, id: u8, effects: &Effects) -> Result<RootKeyOutcome, StoreError> {
        self.transact(|tx| async move {
            self.lock_root_keys(&tx).await?;
            let last: Option<Timestamp> = family::Entity::find()
                .select_only()
                .column(family::Column::ExpiresAt)
                .order_by_desc(family::Column::ExpiresAt)
                .limit(1)
                .into_tuple()
                .one(&tx)
                .await?;
            let kept_until = last.unwrap_or_default().plus(KEPT);
            let retired = Entity::update_many()
                .col_expr(Column::State, Expr::value(KeyState::Retired))
                .col_expr(Column::KeptUntil, Expr::value(kept_until))
                .filter(Column::State.eq(KeyState::Active))
                .exec(&tx)
                .await?;
            let activated = Entity::update_many()
                .col_expr(Column::State, Expr::value(KeyState::Active))
                .filter(Column::Id.eq(i16::from(id)))
                .filter(Column::State.eq(KeyState::Standby))
                .exec(&tx)
                .await?;
            if (retired.rows_affected, activated.rows_affected) != (1, 1) {
                return Ok(Decision::Rollback(RootKeyOutcome::Overtaken));
            }
            tx.record(effects).await?;
            Ok(Decision::Commit(RootKeyOutcome::Done))
        })
        .await
    }

    /// Deletes superseded keys that no session can need.
    ///
    /// # Errors
    /// [`StoreError`]; then none was deleted.
    pub async fn purge_root_keys(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.retrying(|| async {
            let deleted = Entity::delete_many()
                .filter(Column::State.eq(KeyState::Retired))
                .filter(Column::KeptUntil.lt(now))
                .exec(&self.write)
                .await?;
            Ok(deleted.rows_affected)
        })
        .await
    }

    /// Puts one key in the place of all, if the principal (absent for the command line) may: every session is lost.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn replace_root_keys(
        &self,
        by: Option<Uuid>,
        key: &StoredRootKey,
        effects: &Effects,
    ) -> Result<RootKeyOutcome, StoreError> {
        self.transact(|tx| async move {
            if let Err(denial) = may(rights::lock(&tx, by).await?, Permission::Manage) {
                return Ok(Decision::Rollback(RootKeyOutcome::Refused(denial)));
            }
            tx.recheck_acting_session(effects).await?;
            self.lock_root_keys(&tx).await?;
            if rows(&tx).await?.iter().any(|row| row.id >= i16::from(key.id)) {
                return Ok(Decision::Rollback(RootKeyOutcome::Overtaken));
            }
            Entity::delete_many().exec(&tx).await?;
            insert(&tx, key.id, &key.sealed, KeyState::Active, key.created_at).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(RootKeyOutcome::Done))
        })
        .await
    }

    /// Deletes a superseded key that may have been stolen.
    ///
    /// # Errors
    /// [`StoreError`]; then it is there still.
    pub async fn delete_root_key(&self, id: u8, effects: &Effects) -> Result<RootKeyOutcome, StoreError> {
        self.transact(|tx| async move {
            let deleted = Entity::delete_many()
                .filter(Column::Id.eq(i16::from(id)))
                .filter(Column::State.eq(KeyState::Retired))
                .exec(&tx)
                .await?;
            if deleted.rows_affected == 0 {
                return Ok(Decision::Rollback(RootKeyOutcome::Overtaken));
            }
            tx.record(effects).await?;
            Ok(Decision::Commit(RootKeyOutcome::Done))
        })
        .await
    }

    /// One process at a time changes the keys; on SQLite the transaction itself sees to that.
    async fn lock_root_keys(&self, tx: &Tx) -> Result<(), StoreError> {
        if !self.is_sqlite() {
            tx.execute_unprepared("LOCK TABLE root_keys IN SHARE ROW EXCLUSIVE MODE").await?;
        }
        Ok(())
    }
}

async fn rows(tx: &Tx) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().all(tx).await?)
}

async fn insert(
    connection: &impl ConnectionTrait,
    id: u8,
    sealed: &[u8],
    state: KeyState,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let row = ActiveModel {
        id: Set(i16::from(id)),
        sealed: Set(sealed.to_vec()),
        state: Set(state.into()),
        created_at: Set(now),
        kept_until: Set(None),
    };
    let insert = Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    Ok(insert.exec_without_returning(connection).await?)
}

fn stored(row: Model) -> Result<StoredRootKey, StoreError> {
    let id = u8::try_from(row.id).map_err(|_| StoreError::corrupt(Column::Id, row.id))?;
    Ok(StoredRootKey {
        id,
        state: row.state.known(),
        sealed: row.sealed,
        created_at: row.created_at,
        kept_until: row.kept_until,
    })
}
