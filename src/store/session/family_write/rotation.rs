//! The one statement that rotates a batch of families.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Rotation;
use crate::clock::Timestamp;
use crate::model::account::{Roles, UserFacts};
use crate::model::location::Coordinates;
use crate::store::{Store, StoreError};

/// What a rotation changes, on both databases; `$least` gives the lesser of two.
/// No proof lies in the future, as `SessionFamily::rotated` has it. The location is that of the network: both are
/// kept, or neither.
macro_rules! changes {
    ($least:literal) => {
        concat!(
            "generation = v.spent + 1, key_id = v.key_id, current_jti = v.jti, rotated_at = v.at, \
            last_seen_at = v.at, rotation_key_hash = v.key_hash, access_expires_at = v.at + v.life, \
            idle_expires_at = ",
            $least,
            "(v.at + v.idle, f.expires_at), auth_time = ",
            $least,
            "(f.auth_time, v.at), last_ip_cidr = COALESCE(v.network, f.last_ip_cidr), \
            location = CASE WHEN v.network IS NULL THEN f.location ELSE v.location END, \
            country = CASE WHEN v.network IS NULL THEN f.country ELSE v.country END, \
            latitude = CASE WHEN v.network IS NULL THEN f.latitude ELSE v.latitude END, \
            longitude = CASE WHEN v.network IS NULL THEN f.longitude ELSE v.longitude END"
        )
    };
}

mod postgres;
mod sqlite;

/// The user of each family whose rotation took effect, and its moment.
pub(super) type Rotated = HashMap<Uuid, (UserFacts, Timestamp)>;

/// A row of either statement: family, user, e-mail, roles, whether the password must change, whether a second
/// factor is enrolled, the moment of the rotation.
type Row = (Uuid, Uuid, String, String, bool, bool, i64);

/// Runs as a transaction of its own. Each family occurs at most once.
///
/// # Errors
/// [`StoreError::Locked`] if another transaction has locked one of them: then none is rotated.
pub(super) async fn rotate(store: &Store, rotations: &[&Rotation]) -> Result<Rotated, StoreError> {
    if store.is_sqlite() {
        return rotate_in_sqlite(store, rotations).await;
    }
    let (pool, at) = (store.journal.get_postgres_connection_pool(), store.time.bound());
    let asked = Instant::now();
    let rows =
        store.rotator.run(pool, async |connection| postgres::rotate(connection, rotations, at).await).await?;
    learn(store, &rows, asked);
    Ok(rows.into_iter().map(read).collect())
}

/// Rotates those that no other transaction has locked, and tells which it has left out. A transaction of sqlx, for the
/// sake of the statement, whose arrays and row of seven columns SeaORM does not bind.
pub(super) async fn rotate_unlocked(
    store: &Store,
    rotations: &[&Rotation],
) -> Result<(Rotated, Vec<Uuid>), StoreError> {
    if store.is_sqlite() {
        return Ok((rotate_in_sqlite(store, rotations).await?, Vec::new()));
    }
    let mut transaction = store.journal.get_postgres_connection_pool().begin().await?;
    let free = postgres::lock(&mut transaction, rotations).await?;
    let (chosen, left): (Vec<&Rotation>, Vec<&Rotation>) =
        rotations.iter().partition(|rotation| free.contains(&rotation.family_id));
    let rows = postgres::rotate(&mut transaction, &chosen, store.time.bound()).await?;
    transaction.commit().await?;
    let left = left.into_iter().map(|rotation| rotation.family_id).collect();
    Ok((rows.into_iter().map(read).collect(), left))
}

/// Rotates one family on a connection that may wait for locks.
pub(super) async fn rotate_apart(store: &Store, rotation: &Rotation) -> Result<Rotated, StoreError> {
    if store.is_sqlite() {
        return rotate_in_sqlite(store, &[rotation]).await;
    }
    let mut connection = store.write.get_postgres_connection_pool().acquire().await?;
    let rows = postgres::rotate(&mut connection, &[rotation], store.time.bound()).await?;
    Ok(rows.into_iter().map(read).collect())
}

async fn rotate_in_sqlite(store: &Store, rotations: &[&Rotation]) -> Result<Rotated, StoreError> {
    let at = store.time.clock().now();
    let rows = sqlite::rotate(store.journal.get_sqlite_connection_pool(), rotations, at).await?;
    Ok(rows.into_iter().map(read).collect())
}

/// The statement has read the database's clock for these rows.
fn learn(store: &Store, rows: &[Row], asked: Instant) {
    if let Some((.., at)) = rows.first() {
        store.time.learn(Timestamp::from_micros(*at), asked);
    }
}

fn read(
    (family_id, id, email, roles, password_must_change, mfa_enrolled, at): Row,
) -> (Uuid, (UserFacts, Timestamp)) {
    let roles = Roles::from_stored(&roles);
    let user = UserFacts { id, email, roles, password_must_change, mfa_enrolled };
    (family_id, (user, Timestamp::from_micros(at)))
}

fn coordinates(rotation: &Rotation) -> Option<Coordinates> {
    rotation.location.as_ref().and_then(|location| location.coordinates)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
