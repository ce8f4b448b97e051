//! Arrays in, one row out for each rotation that took effect.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Rotation, Row, coordinates, micros};
use crate::clock::Timestamp;

/// `num_nulls` says `revoked_at IS NULL` in words that no partial index matches: on a young table the
/// planner would otherwise walk all live families, and keep to that plan while the table grows.
const SQL: &str = concat!(
    "UPDATE session_families AS f SET ",
    changes!("LEAST"),
    " FROM (SELECT batch.*, moment.at \
        FROM unnest($1::uuid[], $2::int8[], $3::int2[], $4::uuid[], $5::int8[], $6::bytea[], $7::int8[], $8::text[], \
            $9::int8[], $10::text[], $11::text[], $12::int2[], $13::int2[], $14::int8[]) \
            AS batch(id, spent, key_id, jti, life, key_hash, idle, network, proven, location, country, latitude, \
                longitude, stored), \
        (SELECT COALESCE($15::int8, (extract(epoch FROM clock_timestamp()) * 1000000)::int8) AS at) AS moment) AS v, \
        users AS u \
    WHERE f.id = v.id AND f.generation = v.stored AND f.auth_time = v.proven AND num_nulls(f.revoked_at) = 1 \
        AND u.id = f.user_id AND u.status = 'active' AND u.credential_epoch = f.credential_epoch \
    RETURNING f.id, u.id, u.email, u.roles, u.password_must_change, u.mfa_enrolled_at IS NOT NULL, f.rotated_at"
);

/// The moment is the database's, unless one is given.
pub(super) async fn rotate(
    connection: &mut PgConnection,
    rotations: &[&Rotation],
    at: Option<Timestamp>,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(SQL)
        .bind(column(rotations, |rotation| rotation.family_id))
        .bind(column(rotations, |rotation| rotation.spent_generation.cast_signed()))
        .bind(column(rotations, |rotation| i16::from(rotation.next.key_id.0)))
        .bind(column(rotations, |rotation| rotation.jti))
        .bind(column(rotations, |rotation| micros(rotation.next.access_life)))
        .bind(column(rotations, |rotation| {
            rotation.next.rotation_key_hash.as_ref().map(|hash| hash.0.as_slice())
        }))
        .bind(column(rotations, |rotation| micros(rotation.next.idle_timeout)))
        .bind(column(rotations, |rotation| rotation.network.as_deref()))
        .bind(column(rotations, |rotation| rotation.auth_time.as_micros()))
        .bind(column(rotations, |rotation| rotation.location.as_ref().map(ToString::to_string)))
        .bind(column(rotations, |rotation| rotation.location.as_ref().map(|it| it.country.as_str())))
        .bind(column(rotations, |rotation| coordinates(rotation).map(|place| place.latitude)))
        .bind(column(rotations, |rotation| coordinates(rotation).map(|place| place.longitude)))
        .bind(column(rotations, |rotation| rotation.stored_generation.cast_signed()))
        .bind(at.map(Timestamp::as_micros))
        .fetch_all(connection)
        .await
}

/// Locks those of the families that no other transaction has locked, in the order of all batches.
pub(super) async fn lock(
    connection: &mut PgConnection,
    rotations: &[&Rotation],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT id FROM session_families WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
    )
    .bind(column(rotations, |rotation| rotation.family_id))
    .fetch_all(connection)
    .await
}

fn column<'a, T>(rotations: &[&'a Rotation], value: impl Fn(&'a Rotation) -> T) -> Vec<T> {
    rotations.iter().map(|rotation| value(rotation)).collect()
}
