//! The one statement that rotates a batch of families.

use std::collections::HashMap;

use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};
use serde_json::json;
use uuid::Uuid;

use super::{Rotation, WriteOutcome};
use crate::model::account::{Roles, UserFacts};
use crate::model::location::Coordinates;
use crate::store::StoreError;

/// No latitude and no longitude.
const NOWHERE: i16 = i16::MAX;

/// Arrays in, one row out for each rotation that took effect. Absent values travel as empty ones, absent
/// degrees as [`NOWHERE`]. No proof lies further in the future than clocks may differ, as
/// `SessionFamily::rotated` has it. The location is that of the network: both are kept, or neither.
///
/// `num_nulls` says `revoked_at IS NULL` in words that no partial index matches: on a young table the
/// planner would otherwise walk all live families, and keep to that plan while the table grows.
const POSTGRES: &str = "\
    UPDATE session_families AS f SET \
        generation = v.spent + 1, key_id = v.key_id, current_jti = v.jti, rotated_at = v.at, \
        last_seen_at = v.at, rotation_key_hash = NULLIF(v.key_hash, ''::bytea), \
        idle_expires_at = v.idle, last_ip_cidr = COALESCE(NULLIF(v.network, ''), f.last_ip_cidr), \
        auth_time = LEAST(f.auth_time, v.at + 60000000), \
        location = CASE v.network WHEN '' THEN f.location ELSE NULLIF(v.location, '') END, \
        country = CASE v.network WHEN '' THEN f.country ELSE NULLIF(v.country, '') END, \
        latitude = CASE v.network WHEN '' THEN f.latitude ELSE NULLIF(v.latitude, 32767::int2) END, \
        longitude = CASE v.network WHEN '' THEN f.longitude ELSE NULLIF(v.longitude, 32767::int2) END \
    FROM unnest($1::uuid[], $2::int8[], $3::int2[], $4::uuid[], $5::int8[], $6::bytea[], $7::int8[], $8::text[], $9::int8[], \
            $10::text[], $11::text[], $12::int2[], $13::int2[]) \
        AS v(id, spent, key_id, jti, at, key_hash, idle, network, proven, location, country, latitude, longitude), users AS u \
    WHERE f.id = v.id AND f.generation = v.spent AND f.auth_time = v.proven AND num_nulls(f.revoked_at) = 1 \
        AND u.id = f.user_id AND u.status = 'active' AND u.credential_epoch = f.credential_epoch \
    RETURNING f.id AS family_id, u.id AS user_id, u.email, u.roles, u.password_must_change, \
        u.mfa_enrolled_at IS NOT NULL AS mfa_enrolled";

/// The same with the batch as one JSON text: a statement with a fixed text is prepared once.
const SQLITE: &str = "\
    UPDATE session_families AS f SET \
        generation = v.spent + 1, key_id = v.key_id, current_jti = v.jti, rotated_at = v.at, \
        last_seen_at = v.at, rotation_key_hash = v.key_hash, \
        idle_expires_at = v.idle, last_ip_cidr = COALESCE(v.network, f.last_ip_cidr), \
        auth_time = min(f.auth_time, v.at + 60000000), \
        location = CASE WHEN v.network IS NULL THEN f.location ELSE v.location END, \
        country = CASE WHEN v.network IS NULL THEN f.country ELSE v.country END, \
        latitude = CASE WHEN v.network IS NULL THEN f.latitude ELSE v.latitude END, \
        longitude = CASE WHEN v.network IS NULL THEN f.longitude ELSE v.longitude END \
    FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS spent, value ->> 2 AS key_id, \
            unhex(value ->> 3) AS jti, value ->> 4 AS at, unhex(value ->> 5) AS key_hash, \
            value ->> 6 AS idle, value ->> 7 AS network, \
            value ->> 8 AS proven, value ->> 9 AS location, value ->> 10 AS country, \
            value ->> 11 AS latitude, value ->> 12 AS longitude FROM json_each(?)) AS v \
        JOIN users AS u \
    WHERE f.id = v.id AND f.generation = v.spent AND f.auth_time = v.proven AND f.revoked_at IS NULL \
        AND u.id = f.user_id AND u.status = 'active' AND u.credential_epoch = f.credential_epoch \
    RETURNING id AS family_id, user_id, \
        (SELECT email FROM users WHERE users.id = user_id) AS email, \
        (SELECT roles FROM users WHERE users.id = user_id) AS roles, \
        (SELECT password_must_change FROM users WHERE users.id = user_id) AS password_must_change, \
        (SELECT mfa_enrolled_at IS NOT NULL FROM users WHERE users.id = user_id) AS mfa_enrolled";

/// The rotations that took effect.
pub(super) struct Rotated(HashMap<Uuid, UserFacts>);

impl Rotated {
    pub fn outcome(&self, family_id: Uuid) -> WriteOutcome {
        self.0.get(&family_id).map_or(WriteOutcome::Lost, |user| WriteOutcome::Rotated(user.clone()))
    }
}

pub(super) async fn rotate(
    connection: &impl ConnectionTrait,
    rotations: &[&Rotation],
) -> Result<Rotated, StoreError> {
    if rotations.is_empty() {
        return Ok(Rotated(HashMap::new()));
    }
    // One order for all batches, so that two nodes' batches do not wait for each other crosswise.
    let mut ordered = rotations.to_vec();
    ordered.sort_unstable_by_key(|rotation| rotation.family_id);
    let statement = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            Statement::from_sql_and_values(DbBackend::Sqlite, SQLITE, [json_batch(&ordered)])
        }
        backend => Statement::from_sql_and_values(backend, POSTGRES, arrays(&ordered)),
    };
    let rows = connection.query_all_raw(statement).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map(Rotated)
}

fn read(row: &QueryResult) -> Result<(Uuid, UserFacts), StoreError> {
    let user = UserFacts {
        id: row.try_get("", "user_id")?,
        email: row.try_get("", "email")?,
        roles: Roles::from_stored(&row.try_get::<String>("", "roles")?),
        password_must_change: row.try_get("", "password_must_change")?,
        mfa_enrolled: row.try_get("", "mfa_enrolled")?,
    };
    Ok((row.try_get("", "family_id")?, user))
}

fn json_batch(rotations: &[&Rotation]) -> Value {
    let rows: Vec<serde_json::Value> = rotations
        .iter()
        .map(|rotation| {
            json!([
                hex::encode(rotation.family_id),
                rotation.spent_generation,
                rotation.key_id,
                hex::encode(rotation.jti),
                rotation.at.as_micros(),
                rotation.rotation_key_hash.map(|hash| hex::encode(hash.0)),
                rotation.idle_expires_at.as_micros(),
                rotation.network,
                rotation.auth_time.as_micros(),
                rotation.location.as_ref().map(ToString::to_string),
                rotation.location.as_ref().map(|location| location.country.as_str()),
                coordinates(rotation).map(|place| place.latitude),
                coordinates(rotation).map(|place| place.longitude),
            ])
        })
        .collect();
    serde_json::Value::Array(rows).to_string().into()
}

fn coordinates(rotation: &Rotation) -> Option<Coordinates> {
    rotation.location.as_ref().and_then(|location| location.coordinates)
}

fn arrays(rotations: &[&Rotation]) -> [Value; 13] {
    let array = |kind: ArrayType, value: &dyn Fn(&Rotation) -> Value| {
        Value::Array(kind, Some(Box::new(rotations.iter().map(|rotation| value(rotation)).collect())))
    };
    [
        array(ArrayType::Uuid, &|rotation| rotation.family_id.into()),
        array(ArrayType::BigInt, &|rotation| rotation.spent_generation.cast_signed().into()),
        array(ArrayType::SmallInt, &|rotation| i16::from(rotation.key_id).into()),
        array(ArrayType::Uuid, &|rotation| rotation.jti.into()),
        array(ArrayType::BigInt, &|rotation| rotation.at.as_micros().into()),
        array(ArrayType::Bytes, &|rotation| {
            rotation.rotation_key_hash.map(|hash| hash.0.to_vec()).unwrap_or_default().into()
        }),
        array(ArrayType::BigInt, &|rotation| rotation.idle_expires_at.as_micros().into()),
        array(ArrayType::String, &|rotation| rotation.network.clone().unwrap_or_default().into()),
        array(ArrayType::BigInt, &|rotation| rotation.auth_time.as_micros().into()),
        array(ArrayType::String, &|rotation| {
            rotation.location.as_ref().map(ToString::to_string).unwrap_or_default().into()
        }),
        array(ArrayType::String, &|rotation| {
            rotation.location.as_ref().map(|location| location.country.clone()).unwrap_or_default().into()
        }),
        array(ArrayType::SmallInt, &|rotation| {
            coordinates(rotation).map_or(NOWHERE, |place| place.latitude).into()
        }),
        array(ArrayType::SmallInt, &|rotation| {
            coordinates(rotation).map_or(NOWHERE, |place| place.longitude).into()
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::access_token::LEEWAY;

    #[test]
    fn the_statements_allow_for_the_clocks_as_the_rule_does() {
        let latest = format!("f.auth_time, v.at + {})", LEEWAY.as_micros());
        assert!(POSTGRES.contains(&latest) && SQLITE.contains(&latest), "{latest}");
    }

    #[test]
    fn the_statement_knows_what_is_nowhere() {
        assert_eq!(POSTGRES.matches(&format!("{NOWHERE}::int2")).count(), 2);
    }
}
