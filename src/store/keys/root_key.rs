//! Root keys, sealed.

use std::time::Duration;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::authority::{Denial, Permission, may};
use crate::model::key_state::KeyState;
use crate::model::principal::ActingSession;
use crate::store::database::error;
use crate::store::database::word::StoredWord;
use crate::store::entity::root_key::{ActiveModel, Column, Entity, Model};
use crate::store::entity::session_family as family;
use crate::store::{Decision, Effects, Store, StoreError, Tx, account::rights};

/// How long a superseded key is kept after the last session that existed then has expired.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A root key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRootKey {
    pub id: u8,
    pub state: StoredWord<KeyState>,
    pub sealed: Vec<u8>,
    pub created_at: Timestamp,
    /// Of a superseded key: reuse of its tokens must be recognized until then.
    pub kept_until: Option<Timestamp>,
    /// Of all this but `sealed`; absent in rows of earlier versions.
    pub mac: Option<Vec<u8>>,
}

/// A key's MAC is to take the place of another, or of none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootKeyMac {
    pub id: u8,
    pub old: Option<Vec<u8>>,
    pub new: Vec<u8>,
}

/// Makes the MAC of a row's next state (the second one), if the row before it is authentic.
pub type NextMac<'a> = &'a (dyn Fn(&StoredRootKey, &StoredRootKey) -> Option<Vec<u8>> + Send + Sync);

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
    pub async fn create_root_key(&self, key: &StoredRootKey) -> Result<(), StoreError> {
        self.retrying(|| async {
            insert(&self.write, key).await?;
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
            if !is_free || insert(&tx, key).await? == 0 {
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
    pub async fn activate_root_key(
        &self,
        id: u8,
        next_mac: NextMac<'_>,
        effects: &Effects,
    ) -> Result<RootKeyOutcome, StoreError> {
        self.transact(|tx| async move {
            self.lock_root_keys(&tx).await?;
            let known = rows(&tx).await?;
            let known: Vec<_> = error::without_corrupt(known.into_iter().map(stored)).collect();
            let active = known.iter().find(|key| key.state.known() == Some(KeyState::Active));
            let announced =
                known.iter().find(|key| key.id == id && key.state.known() == Some(KeyState::Standby));
            let (Some(active), Some(announced)) = (active, announced) else {
                return Ok(Decision::Rollback(RootKeyOutcome::Overtaken));
            };
            let last: Option<Timestamp> = family::Entity::find()
                .select_only()
                .column(family::Column::ExpiresAt)
                .order_by_desc(family::Column::ExpiresAt)
                .limit(1)
                .into_tuple()
                .one(&tx)
                .await?;
            let kept_until = last.unwrap_or_default().plus(KEPT);
            let retired = StoredRootKey {
                state: KeyState::Retired.into(),
                kept_until: Some(kept_until),
                ..active.clone()
            };
            let activated = StoredRootKey { state: KeyState::Active.into(), ..announced.clone() };
            for (before, after) in [(active, retired), (announced, activated)] {
                let Some(mac) = next_mac(before, &after) else {
                    return Ok(Decision::Rollback(RootKeyOutcome::Overtaken));
                };
                update(&tx, &StoredRootKey { mac: Some(mac), ..after }).await?;
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
            insert(&tx, key).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(RootKeyOutcome::Done))
        })
        .await
    }

    /// Whether someone (absent for the command line) may change keys now.
    ///
    /// # Errors
    /// [`StoreError`], which is [`StoreError::SessionEnded`] if the session that asks for it was revoked.
    pub async fn may_change_keys(&self, by: Option<ActingSession>) -> Result<Result<(), Denial>, StoreError> {
        self.transact(|tx| async move {
            let user = by.map(|session| session.user_id);
            let allowed = may(rights::lock(&tx, user).await?, Permission::Manage);
            tx.recheck_acting_session(&Effects::default().by_session(by)).await?;
            Ok(Decision::Rollback(allowed))
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

    /// Writes MACs in one transaction, and returns how many: one that was changed meanwhile is left alone.
    ///
    /// # Errors
    /// [`StoreError`]; then none was written.
    pub async fn authenticate_root_keys(&self, macs: &[RootKeyMac]) -> Result<u64, StoreError> {
        self.transact(|tx| async move {
            let mut written = 0;
            for mac in macs {
                let is_old = match &mac.old {
                    Some(old) => Column::Mac.eq(old.clone()),
                    None => Column::Mac.is_null(),
                };
                let update = Entity::update_many()
                    .col_expr(Column::Mac, Expr::value(mac.new.clone()))
                    .filter(Column::Id.eq(i16::from(mac.id)))
                    .filter(is_old);
                written += update.exec(&tx).await?.rows_affected;
            }
            Ok(Decision::Commit(written))
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

/// The key in its next state. The index on active keys is why the one that is superseded comes first.
async fn update(tx: &Tx, key: &StoredRootKey) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(key.state.clone()))
        .col_expr(Column::KeptUntil, Expr::value(key.kept_until))
        .col_expr(Column::Mac, Expr::value(key.mac.clone()))
        .filter(Column::Id.eq(i16::from(key.id)))
        .exec(tx)
        .await?;
    Ok(())
}

async fn insert(connection: &impl ConnectionTrait, key: &StoredRootKey) -> Result<u64, StoreError> {
    let row = ActiveModel {
        id: Set(i16::from(key.id)),
        sealed: Set(key.sealed.clone()),
        state: Set(key.state.clone()),
        created_at: Set(key.created_at),
        kept_until: Set(key.kept_until),
        mac: Set(key.mac.clone()),
    };
    let insert = Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    Ok(insert.exec_without_returning(connection).await?)
}

fn stored(row: Model) -> Result<StoredRootKey, StoreError> {
    let id = u8::try_from(row.id).map_err(|_| StoreError::corrupt(Column::Id, row.id))?;
    Ok(StoredRootKey {
        id,
        state: row.state,
        sealed: row.sealed,
        created_at: row.created_at,
        kept_until: row.kept_until,
        mac: row.mac,
    })
}
