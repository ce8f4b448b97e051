//! The rotation of families: one statement for a whole batch, whatever its size.
//!
//! A family rotates only if it still has the expected generation, has not been revoked, and its user may still act.

use std::time::{Duration, Instant};

use hashbrown::HashMap;
use uuid::Uuid;

use super::{BatchedWrite, by_family, is_worth_another_batch, unless_locked};
use crate::clock::Timestamp;
use crate::model::account::{Roles, UserFacts};
use crate::model::location::{Coordinates, Location};
use crate::model::session_family::NextGeneration;
use crate::store::{Store, StoreError};

/// What a rotation changes, on both databases; `$least` gives the lesser of two.
/// No authentication lies in the future, as `SessionFamily::rotated` has it. The location is that of the network: both are
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

/// The next generation of a family. It begins when the database says.
#[derive(Clone, Debug)]
pub struct Rotation {
    pub family_id: Uuid,
    /// The generation that is spent; the next one is this plus one.
    pub spent_generation: u64,
    /// The generation in the row: the same, unless the database was set back and the session goes on all the same.
    pub stored_generation: u64,
    /// The authentication that the next generation's tokens will tell of. Another one, given at a node of an earlier version
    /// meanwhile, makes this change come too late, like another generation.
    pub auth_time: Timestamp,
    pub next: NextGeneration,
    /// The identifier of the next generation's access token.
    pub jti: Uuid,
    /// The client's masked network; `None` keeps the last one, and the location.
    pub network: Option<String>,
    /// Where that is, if it is known.
    pub location: Option<Location>,
}

/// The result of a rotation, once it is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationOutcome {
    Rotated(Rotated),
    /// Another change was faster, or the family is gone: nothing was changed.
    Overtaken,
}

/// A rotation that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The user as of now: roles are read again at every refresh.
    pub user: UserFacts,
    /// When the next generation began, by the database's clock.
    pub at: Timestamp,
}

/// Those of a batch that took effect.
type ByFamily = HashMap<Uuid, Rotated>;

/// A row of either statement: family, user, e-mail, roles, whether the password must change, whether a second
/// factor is enrolled, the moment of the rotation.
type Row = (Uuid, Uuid, String, String, bool, bool, i64);

impl BatchedWrite for Rotation {
    type Outcome = RotationOutcome;

    const MOST: usize = 512;
    const OPERATION: &'static str = "rotate";

    fn family_id(&self) -> Uuid {
        self.family_id
    }

    /// The statement is no unit of work: it speaks sqlx, and is a transaction of its own without BEGIN and COMMIT, which
    /// would be two round trips more for each batch.
    async fn commit_batch(store: &Store, batch: &[Self]) -> Result<Vec<Option<RotationOutcome>>, StoreError> {
        let ordered = by_family(batch);
        let all = store.retrying_if(is_worth_another_batch, || rotate(store, &ordered)).await;
        let (mut rotated, locked) = if let Some(rotated) = unless_locked(all)? {
            (rotated, Vec::new())
        } else {
            let free = || rotate_unlocked(store, &ordered);
            match unless_locked(store.retrying_if(is_worth_another_batch, free).await)? {
                Some(outcome) => outcome,
                // The table is locked.
                None => return Ok(vec![None; batch.len()]),
            }
        };
        let outcome = |rotation: &Self| {
            let is_locked = locked.contains(&rotation.family_id);
            (!is_locked).then(|| RotationOutcome::of(rotated.remove(&rotation.family_id)))
        };
        Ok(batch.iter().map(outcome).collect())
    }

    async fn commit_alone(&self, store: &Store) -> Result<RotationOutcome, StoreError> {
        let mut rotated = store.retrying(|| rotate_alone(store, self)).await?;
        Ok(RotationOutcome::of(rotated.remove(&self.family_id)))
    }
}

impl RotationOutcome {
    fn of(rotated: Option<Rotated>) -> Self {
        rotated.map_or(Self::Overtaken, Self::Rotated)
    }
}

/// Runs as a transaction of its own. Each family occurs at most once.
///
/// # Errors
/// [`StoreError::Locked`] if another transaction has locked one of them: then none is rotated.
async fn rotate(store: &Store, rotations: &[&Rotation]) -> Result<ByFamily, StoreError> {
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
async fn rotate_unlocked(
    store: &Store,
    rotations: &[&Rotation],
) -> Result<(ByFamily, Vec<Uuid>), StoreError> {
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
async fn rotate_alone(store: &Store, rotation: &Rotation) -> Result<ByFamily, StoreError> {
    if store.is_sqlite() {
        return rotate_in_sqlite(store, &[rotation]).await;
    }
    let mut connection = store.write.get_postgres_connection_pool().acquire().await?;
    let rows = postgres::rotate(&mut connection, &[rotation], store.time.bound()).await?;
    Ok(rows.into_iter().map(read).collect())
}

async fn rotate_in_sqlite(store: &Store, rotations: &[&Rotation]) -> Result<ByFamily, StoreError> {
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

fn read((family_id, id, email, roles, password_must_change, mfa_enrolled, at): Row) -> (Uuid, Rotated) {
    let roles = Roles::from_stored(&roles);
    let user = UserFacts { id, email, roles, password_must_change, mfa_enrolled };
    (family_id, Rotated { user, at: Timestamp::from_micros(at) })
}

fn coordinates(rotation: &Rotation) -> Option<Coordinates> {
    rotation.location.as_ref().and_then(|location| location.coordinates)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
