//! Signing keys, sealed.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::authority::{Denial, Permission, may};
use crate::model::key_state::KeyState;
use crate::model::revocation::{RevokeReason, key_entry};
use crate::store::database::word::StoredWord;
use crate::store::entity::signing_key::{ActiveModel, Column, Entity};
use crate::store::{Decision, Effects, Store, StoreError, Tx, account::rights};

/// A signing key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct StoredSigningKey {
    pub kid: String,
    pub algorithm: String,
    pub state: StoredWord<KeyState>,
    /// The private half; of a retired key the moment at which it was retired.
    pub sealed: Vec<u8>,
    pub public_jwk: String,
    pub created_at: Timestamp,
    pub activated_at: Option<Timestamp>,
    /// Of all this but `sealed`; absent in rows of earlier versions.
    pub mac: Option<Vec<u8>>,
}

/// A key's MAC is to take the place of another, or of none.
#[derive(Clone, Debug)]
pub struct Authentication {
    pub kid: String,
    pub old: Option<Vec<u8>>,
    pub new: Vec<u8>,
}

/// `kid` and MAC of each row.
pub type Seen = Vec<(String, Option<Vec<u8>>)>;

/// A step of the keys' life. It was decided on what is in `seen`, and takes place only if that is still so.
#[derive(Clone, Debug, Default)]
pub struct KeyChange {
    /// `kid` and MAC of every row. The MAC changes with everything that is decided on.
    pub seen: Seen,
    /// When it was decided on.
    pub at: Timestamp,
    /// The keys that go.
    pub removed: Vec<String>,
    /// The keys whose tokens no node accepts from now on. They travel in the revocation log.
    pub revoked: Vec<String>,
    /// Keys in their next state, in the order in which they are written: the one that stops to sign comes first.
    pub updated: Vec<StoredSigningKey>,
    /// New keys.
    pub inserted: Vec<StoredSigningKey>,
}

impl KeyChange {
    /// A change of these keys, in which nothing happens yet.
    pub fn of(stored: &[StoredSigningKey], at: Timestamp) -> Self {
        Self { seen: seen(stored), at, ..Self::default() }
    }
}

/// `kid` and MAC of each of the keys.
pub fn seen(stored: &[StoredSigningKey]) -> Seen {
    stored.iter().map(|key| (key.kid.clone(), key.mac.clone())).collect()
}

/// The outcome of a [`KeyChange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyChangeOutcome {
    Done,
    /// Another process has changed the keys in the meantime: nothing was written.
    Overtaken,
    /// The principal may not do this.
    Refused(Denial),
}

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        self.bounded(async {
            let all = Entity::find().order_by_asc(Column::CreatedAt).order_by_asc(Column::Kid);
            Ok(all.into_partial_model().all(&self.read).await?)
        })
        .await
    }

    /// Carries a change out in one transaction, with its effects, if the principal (absent for the command line and for
    /// jobs) may. Of several nodes that decide on the same keys one succeeds.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn change_signing_keys(
        &self,
        by: Option<Uuid>,
        change: &KeyChange,
        effects: &Effects,
    ) -> Result<KeyChangeOutcome, StoreError> {
        let outcome = self
            .transact(|tx| async move {
                if let Err(denial) = may(rights::lock(&tx, by).await?, Permission::Manage) {
                    return Ok(Decision::Rollback(KeyChangeOutcome::Refused(denial)));
                }
                tx.recheck_acting_session(effects).await?;
                self.lock_signing_keys(&tx).await?;
                if seen_in(&tx).await? != change.seen || !write(&tx, change).await? {
                    return Ok(Decision::Rollback(KeyChangeOutcome::Overtaken));
                }
                let entries: Vec<Uuid> = change.revoked.iter().map(|kid| key_entry(kid)).collect();
                self.log_revocations(&tx, &entries, RevokeReason::KeyRetired, change.at).await?;
                tx.record(effects).await?;
                reach("recorded");
                Ok(Decision::Commit(KeyChangeOutcome::Done))
            })
            .await?;
        reach("committed");
        Ok(outcome)
    }

    /// One process at a time changes the keys; readers are not held up. On SQLite the transaction itself sees to that.
    async fn lock_signing_keys(&self, tx: &Tx) -> Result<(), StoreError> {
        if !self.is_sqlite() {
            tx.execute_unprepared("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").await?;
        }
        Ok(())
    }

    /// Writes MACs in one transaction, and returns how many: one that was changed meanwhile is left alone.
    ///
    /// # Errors
    /// [`StoreError`]; then none was written.
    pub async fn authenticate_signing_keys(&self, macs: &[Authentication]) -> Result<u64, StoreError> {
        self.transact(|tx| async move {
            let mut written = 0;
            for mac in macs {
                let is_old = match &mac.old {
                    Some(old) => Column::Mac.eq(old.clone()),
                    None => Column::Mac.is_null(),
                };
                let update = Entity::update_many()
                    .col_expr(Column::Mac, Expr::value(mac.new.clone()))
                    .filter(Column::Kid.eq(&mac.kid))
                    .filter(is_old);
                written += update.exec(&tx).await?.rows_affected;
            }
            Ok(Decision::Commit(written))
        })
        .await
    }
}

/// `kid` and MAC of every row, in the order of [`Store::signing_keys`].
async fn seen_in(tx: &Tx) -> Result<Seen, StoreError> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::Kid, Column::Mac])
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Kid)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(rows)
}

/// `false` if another process has made keys for the same places, which the index on active keys refuses.
async fn write(tx: &Tx, change: &KeyChange) -> Result<bool, StoreError> {
    for kid in &change.removed {
        Entity::delete_by_id(kid).exec(tx).await?;
        reach("removed");
    }
    for key in &change.updated {
        let mut update = Entity::update_many()
            .col_expr(Column::State, Expr::value(key.state.clone()))
            .col_expr(Column::ActivatedAt, Expr::value(key.activated_at))
            .col_expr(Column::Mac, Expr::value(key.mac.clone()))
            .filter(Column::Kid.eq(&key.kid));
        // What a key that goes on has sealed may just have been sealed again.
        if key.state == KeyState::Retired.into() {
            update = update.col_expr(Column::Sealed, Expr::value(key.sealed.clone()));
        }
        update.exec(tx).await?;
        reach("updated");
    }
    for key in &change.inserted {
        let insert = Entity::insert(row(key)).on_conflict(OnConflict::new().do_nothing().to_owned());
        if insert.exec_without_returning(tx).await? == 0 {
            return Ok(false);
        }
        reach("inserted");
    }
    Ok(true)
}

fn row(key: &StoredSigningKey) -> ActiveModel {
    ActiveModel {
        kid: Set(key.kid.clone()),
        algorithm: Set(key.algorithm.clone()),
        state: Set(key.state.clone()),
        sealed: Set(key.sealed.clone()),
        public_jwk: Set(key.public_jwk.clone()),
        created_at: Set(key.created_at),
        activated_at: Set(key.activated_at),
        mac: Set(key.mac.clone()),
    }
}

/// A step of a change has been taken; tests end the process there.
#[cfg(debug_assertions)]
fn reach(step: &str) {
    super::fail_point::reach(step);
}

#[cfg(not(debug_assertions))]
const fn reach(_step: &str) {}
