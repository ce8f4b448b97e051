//! Whether a login is unusual, compared with the user's sessions so far.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::anomaly::{Anomaly, AnomalyReason, Sighting, odd_place};
use crate::model::location::{Coordinates, Location};
use crate::store::entity::session_family::{Column, Entity};
use crate::store::{Store, StoreError, Tx};

/// A login whose place is to be checked.
#[derive(Clone, Debug, Default)]
pub struct LoginPlace {
    /// Absent if it is not known; then the place is not odd.
    pub location: Option<Location>,
    /// The fastest possible, in km/h.
    pub impossible_speed: u32,
}

impl Store {
    /// What would be odd about the place of a login now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn odd_place(
        &self,
        user_id: Uuid,
        arrival: &LoginPlace,
        now: Timestamp,
    ) -> Result<Option<Anomaly>, StoreError> {
        self.bounded(by_place(&self.read, user_id, arrival, now)).await
    }
}

/// The gravest of what is odd about a login by this user, who has no such session yet.
pub(in crate::store) async fn find(
    tx: &Tx,
    (user_id, device_hash): (Uuid, &[u8; 8]),
    arrival: &LoginPlace,
    now: Timestamp,
) -> Result<Option<Anomaly>, StoreError> {
    if let Some(odd) = by_place(tx, user_id, arrival, now).await? {
        return Ok(Some(odd));
    }
    let is_new = is_new_device(tx, user_id, device_hash).await?;
    Ok(is_new.then(|| Anomaly {
        reason: AnomalyReason::NewDevice,
        country: arrival.location.as_ref().map(|location| location.country.clone()),
        previous_country: None,
    }))
}

async fn by_place(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    arrival: &LoginPlace,
    now: Timestamp,
) -> Result<Option<Anomaly>, StoreError> {
    let Some(here) = &arrival.location else {
        return Ok(None);
    };
    let Some(last) = sighting(connection, of(user_id).filter(Column::Country.is_not_null()), now).await?
    else {
        return Ok(None);
    };
    let located = match last.coordinates {
        Some(_) => Some(last.clone()),
        None => sighting(connection, of(user_id).filter(Column::Latitude.is_not_null()), now).await?,
    };
    let seen_here = Condition::any()
        .add(Column::LoginCountry.eq(here.country.as_str()))
        .add(Column::Country.eq(here.country.as_str()));
    let is_known = exists(connection, of(user_id).filter(seen_here)).await?;
    Ok(odd_place(here, Some(last), located, is_known, arrival.impossible_speed))
}

/// Whether the user has had sessions, but none from a device that looks like this one.
async fn is_new_device(tx: &Tx, user_id: Uuid, device_hash: &[u8; 8]) -> Result<bool, StoreError> {
    if exists(tx, of(user_id).filter(Column::DeviceHash.eq(device_hash.to_vec()))).await? {
        return Ok(false);
    }
    exists(tx, of(user_id)).await
}

/// All families of a user, ended ones too.
fn of(user_id: Uuid) -> Select<Entity> {
    Entity::find().filter(Column::UserId.eq(user_id))
}

async fn exists(connection: &impl ConnectionTrait, families: Select<Entity>) -> Result<bool, StoreError> {
    let id = families.select_only().column(Column::Id).limit(1);
    Ok(id.into_tuple::<Uuid>().one(connection).await?.is_some())
}

/// Of these families the one that was active last.
async fn sighting(
    connection: &impl ConnectionTrait,
    families: Select<Entity>,
    now: Timestamp,
) -> Result<Option<Sighting>, StoreError> {
    let columns = [Column::Country, Column::Latitude, Column::Longitude, Column::LastSeenAt];
    let last = families.select_only().columns(columns).order_by_desc(Column::LastSeenAt).limit(1);
    let row =
        last.into_tuple::<(Option<String>, Option<i16>, Option<i16>, Timestamp)>().one(connection).await?;
    Ok(row.and_then(|(country, latitude, longitude, seen)| {
        let coordinates =
            latitude.zip(longitude).map(|(latitude, longitude)| Coordinates { latitude, longitude });
        Some(Sighting { country: country?, coordinates, ago: now.since(seen) })
    }))
}
