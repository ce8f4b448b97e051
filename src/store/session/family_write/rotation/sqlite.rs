//! A row of parameters in, and one row out, for each rotation.

use std::sync::LazyLock;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row as _, Sqlite, SqlitePool};

use super::{Rotation, Row, coordinates, micros};
use crate::clock::Timestamp;
use crate::store::session::family_write::BatchedWrite;

/// Powers of two up to the largest batch.
const SIZES: usize = Rotation::MOST.ilog2() as usize + 1;
const _: () = assert!(Rotation::MOST.is_power_of_two());
/// Parameters of a rotation.
const COLUMNS: usize = 15;

/// A statement for each power of two: a batch is filled up to the next one with rows of NULLs, which match no
/// family. So there are few texts, and each is prepared once.
static STATEMENTS: LazyLock<[String; SIZES]> =
    LazyLock::new(|| std::array::from_fn(|power| statement(1 << power)));

/// The user is looked up once for each family: `RETURNING` cannot name `u`.
const SQL: &str = concat!(
    "UPDATE session_families AS f SET ",
    changes!("min"),
    " FROM v JOIN users AS u \
    WHERE f.id = v.id AND f.generation = v.stored AND f.auth_time = v.proven AND f.revoked_at IS NULL \
        AND u.id = f.user_id AND u.status = 'active' AND u.credential_epoch = f.credential_epoch \
    RETURNING id, user_id, rotated_at, \
        (SELECT json_array(email, roles, password_must_change, mfa_enrolled_at IS NOT NULL) \
            FROM users WHERE users.id = user_id)"
);

fn statement(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMNS].join(", "));
    let rows = vec![row; rows].join(", ");
    let names = "id, spent, key_id, jti, life, key_hash, idle, network, proven, \
        location, country, latitude, longitude, stored, at";
    format!("WITH v({names}) AS (VALUES {rows}) {SQL}")
}

pub(super) async fn rotate(
    pool: &SqlitePool,
    rotations: &[&Rotation],
    at: Timestamp,
) -> Result<Vec<Row>, sqlx::Error> {
    let size = rotations.len().next_power_of_two();
    let statement = &STATEMENTS[size.ilog2() as usize];
    let query =
        rotations.iter().fold(sqlx::query(statement.as_str()), |query, rotation| bind(query, rotation, at));
    // What is not bound is NULL.
    query.fetch_all(pool).await?.iter().map(read).collect()
}

type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

fn bind<'q>(statement: Statement<'q>, rotation: &'q Rotation, at: Timestamp) -> Statement<'q> {
    let location = rotation.location.as_ref();
    let place = coordinates(rotation);
    statement
        .bind(rotation.family_id)
        .bind(rotation.spent_generation.cast_signed())
        .bind(rotation.next.key_id.0)
        .bind(rotation.jti)
        .bind(micros(rotation.next.access_life))
        .bind(rotation.next.rotation_key_hash.as_ref().map(|hash| hash.0.as_slice()))
        .bind(micros(rotation.next.idle_timeout))
        .bind(rotation.network.as_deref())
        .bind(rotation.auth_time.as_micros())
        .bind(location.map(ToString::to_string))
        .bind(location.map(|location| location.country.as_str()))
        .bind(place.map(|place| place.latitude))
        .bind(place.map(|place| place.longitude))
        .bind(rotation.stored_generation.cast_signed())
        .bind(at.as_micros())
}

fn read(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let user: String = row.try_get(3)?;
    let (email, roles, password_must_change, mfa_enrolled): (String, String, u8, u8) =
        serde_json::from_str(&user).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let (family, user_id, at) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok((family, user_id, email, roles, password_must_change != 0, mfa_enrolled != 0, at))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::config::Config;
    use crate::store::Store;
    use crate::telemetry::metrics::Metrics;

    #[tokio::test]
    async fn families_and_users_are_found_by_primary_key() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
        let config = Config::from_sources(None, [("KINDRED_DATABASE__URL".to_owned(), url)]).unwrap();
        let store =
            Store::connect(&config.database, Metrics::new().unwrap(), Arc::new(SystemClock)).await.unwrap();
        store.migrate_up().await.unwrap();
        let pool = store.write.get_sqlite_connection_pool();
        for statement in STATEMENTS.iter() {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let plan = sqlx::query(explain).fetch_all(pool).await.unwrap();
            let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
            for table in ["f", "u", "users"] {
                let searched = |step: &String| {
                    step.starts_with(&format!("SEARCH {table} USING INDEX sqlite_autoindex_"))
                };
                assert!(steps.iter().any(searched), "{table}: {steps:?}");
            }
            let is_of_batch = |step: &&String| *step == "SCAN v" || step.contains("CONSTANT ROW");
            let scans = || steps.iter().filter(|step| step.starts_with("SCAN"));
            assert_eq!(scans().count(), scans().filter(is_of_batch).count(), "{steps:?}");
        }
    }
}
