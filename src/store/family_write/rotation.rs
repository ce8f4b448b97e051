//! The one statement that rotates a batch of families.

use std::collections::HashMap;

use sea_orm::DbBackend;
use uuid::Uuid;

use super::Rotation;
use crate::model::account::{Roles, UserFacts};
use crate::model::location::Coordinates;
use crate::store::{Store, StoreError};

/// What a rotation changes, on both databases; `$least` gives the lesser of two. No proof lies further in the
/// future than clocks may differ, as `SessionFamily::rotated` has it. The location is that of the network: both
/// are kept, or neither.
macro_rules! changes {
    ($least:literal) => {
        concat!(
            "generation = v.spent + 1, key_id = v.key_id, current_jti = v.jti, rotated_at = v.at, \
            last_seen_at = v.at, rotation_key_hash = v.key_hash, \
            idle_expires_at = v.idle, last_ip_cidr = COALESCE(v.network, f.last_ip_cidr), \
            auth_time = ",
            $least,
            "(f.auth_time, v.at + 60000000), \
            location = CASE WHEN v.network IS NULL THEN f.location ELSE v.location END, \
            country = CASE WHEN v.network IS NULL THEN f.country ELSE v.country END, \
            latitude = CASE WHEN v.network IS NULL THEN f.latitude ELSE v.latitude END, \
            longitude = CASE WHEN v.network IS NULL THEN f.longitude ELSE v.longitude END"
        )
    };
}

mod postgres;
mod sqlite;

/// The user of each family whose rotation took effect.
pub(super) type Rotated = HashMap<Uuid, UserFacts>;

/// A row of either statement: family, user, e-mail, roles, whether the password must change, whether a second
/// factor is enrolled.
type Row = (Uuid, Uuid, String, String, bool, bool);

/// Runs as a transaction of its own. Each family occurs at most once.
pub(super) async fn rotate(store: &Store, rotations: &[&Rotation]) -> Result<Rotated, StoreError> {
    let rows = match store.backend() {
        DbBackend::Sqlite => sqlite::rotate(store.journal.get_sqlite_connection_pool(), rotations).await?,
        _ => {
            let pool = store.journal.get_postgres_connection_pool();
            store.rotator.run(pool, async |connection| postgres::rotate(connection, rotations).await).await?
        }
    };
    Ok(rows.into_iter().map(read).collect())
}

fn read((family_id, id, email, roles, password_must_change, mfa_enrolled): Row) -> (Uuid, UserFacts) {
    let roles = Roles::from_stored(&roles);
    (family_id, UserFacts { id, email, roles, password_must_change, mfa_enrolled })
}

fn coordinates(rotation: &Rotation) -> Option<Coordinates> {
    rotation.location.as_ref().and_then(|location| location.coordinates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::access_token::LEEWAY;

    #[test]
    fn the_statements_allow_for_the_clocks_as_the_rule_does() {
        let latest = format!("f.auth_time, v.at + {})", LEEWAY.as_micros());
        assert!(postgres::SQL.contains(&latest) && sqlite::SQL.contains(&latest), "{latest}");
    }
}
