//! Devices that need no second factor for some time.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::device::{Device, DeviceKind};
use crate::model::opaque_token::TokenHash;
use crate::store::entity::trusted_device::{ActiveModel, Column, Entity};
use crate::store::{Effects, Store, StoreError, Tx};

/// How many a user may have; one more replaces the one that has not been used for the longest time.
const MAX: u64 = 20;

/// A device to be trusted.
#[derive(Clone, Debug)]
pub struct NewTrustedDevice {
    pub id: Uuid,
    pub hash: TokenHash,
    pub device: Device,
    pub network: Option<String>,
    pub expires_at: Timestamp,
    /// The entry of the same device under an earlier token.
    pub replaces: Option<Uuid>,
}

/// A device as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct TrustedDevice {
    pub id: Uuid,
    pub name: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device_type: DeviceKind,
    #[sea_orm(from_col = "last_ip_cidr")]
    pub network: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Store {
    /// The user's device with this secret, if it is still trusted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn trusted_device(
        &self,
        user_id: Uuid,
        hash: TokenHash,
        now: Timestamp,
    ) -> Result<Option<TrustedDevice>, StoreError> {
        self.bounded(async {
            let found = trusted(user_id, now).filter(Column::SecretHash.eq(hash));
            Ok(found.into_partial_model().one(&self.read).await?)
        })
        .await
    }

    /// The user's device with this id, if it is still trusted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn trusted_device_by_id(
        &self,
        user_id: Uuid,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Option<TrustedDevice>, StoreError> {
        self.bounded(async {
            let found = trusted(user_id, now).filter(Column::Id.eq(id));
            Ok(found.into_partial_model().one(&self.read).await?)
        })
        .await
    }

    /// The devices that a user trusts, the most recently used first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn trusted_devices(
        &self,
        user_id: Uuid,
        now: Timestamp,
    ) -> Result<Vec<TrustedDevice>, StoreError> {
        self.bounded(async {
            let all = trusted(user_id, now).order_by_desc(Column::LastUsedAt).order_by_desc(Column::Id);
            Ok(all.into_partial_model().all(&self.read).await?)
        })
        .await
    }

    /// Removes a trusted device. `false` if the user has no such device.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_trusted_device(
        &self,
        user_id: Uuid,
        id: Uuid,
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            tx.recheck_acting_session(effects).await?;
            let deleted = Entity::delete_by_id(id).filter(Column::UserId.eq(user_id)).exec(&tx).await?;
            tx.record_if(deleted.rows_affected > 0, effects).await
        })
        .await
    }
}

/// The devices that a user trusts.
fn trusted(user_id: Uuid, now: Timestamp) -> Select<Entity> {
    Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::ExpiresAt.gt(now))
}

/// Notes that a trusted device was used for a login. `false` if it is no longer trusted.
pub(in crate::store) async fn touch(
    tx: &Tx,
    id: Uuid,
    network: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let updated = Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .col_expr(Column::LastIpCidr, Expr::value(network))
        .filter(Column::Id.eq(id))
        .filter(Column::ExpiresAt.gt(now))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Writes a device that is trusted from now on.
pub(in crate::store) async fn insert(
    tx: &Tx,
    user_id: Uuid,
    new: &NewTrustedDevice,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(replaced) = new.replaces {
        Entity::delete_by_id(replaced).filter(Column::UserId.eq(user_id)).exec(tx).await?;
    }
    let keep: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::UserId.eq(user_id))
        .order_by_desc(Column::LastUsedAt)
        .limit(MAX - 1)
        .into_tuple()
        .all(tx)
        .await?;
    Entity::delete_many()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Id.is_not_in(keep))
        .exec(tx)
        .await?;
    let row = ActiveModel {
        id: Set(new.id),
        user_id: Set(user_id),
        secret_hash: Set(new.hash),
        name: Set(new.device.name.clone()),
        browser: Set(new.device.browser.clone()),
        os: Set(new.device.os.clone()),
        device_type: Set(new.device.kind),
        last_ip_cidr: Set(new.network.clone()),
        failures: Set(0),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(new.expires_at),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The user's devices are no longer trusted: each must show the second factor again.
pub(in crate::store) async fn distrust_all(tx: &Tx, user_id: Uuid) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(tx).await?;
    Ok(())
}
