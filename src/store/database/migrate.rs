//! Migrations under a lock: nodes that start together migrate once, and a crash leaves all or nothing.
//!
//! A program also works with a schema that is newer than itself, as long as the schema says so: its row in
//! `schema_versions` names the oldest version that it is compatible with. So nodes of two versions run side by side
//! during an upgrade, and the older version can be brought back after it.

use std::collections::BTreeSet;

use migration::{
    LARGE_INDEXES, LEAST_COMPATIBLE, Migrator, MigratorTrait, SchemaManager, schema_version, seaql_migrations,
};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QueryOrder};

use crate::store::database::transaction;
use crate::store::entity::schema_version as entity;
use crate::store::{Store, StoreError};

/// PostgreSQL's advisory lock: "kindred" in ASCII.
const LOCK: i64 = 0x006b_696e_6472_6564;
/// The one row of `schema_versions`.
const ROW: i16 = 1;

/// One migration and whether it has been applied.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MigrationState {
    pub name: String,
    pub applied: bool,
    /// `false` for a migration of a newer version of Kindred.
    pub known: bool,
}

/// The migrations of a database, compared with those that this program knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub migrations: Vec<MigrationState>,
    /// The oldest version whose program works with the schema; absent if the database does not tell.
    least_compatible: Option<u32>,
}

/// Whether this program can work with the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compatibility {
    /// All migrations are applied, and perhaps some of a newer version that are compatible with this one.
    Compatible,
    /// So many migrations are not applied.
    Behind(usize),
    /// A newer version of Kindred has changed the schema in a way that this program does not know.
    TooNew { version: u32, least_compatible: Option<u32> },
}

impl Schema {
    fn pending(&self) -> usize {
        self.migrations.iter().filter(|migration| !migration.applied).count()
    }

    fn has_unknown(&self) -> bool {
        self.migrations.iter().any(|migration| !migration.known)
    }

    /// What follows for this program.
    pub fn compatibility(&self) -> Compatibility {
        let version = schema_version();
        let is_compatible = self.least_compatible.is_some_and(|least| least <= version);
        match self.pending() {
            _ if self.has_unknown() && !is_compatible => {
                Compatibility::TooNew { version, least_compatible: self.least_compatible }
            }
            0 => Compatibility::Compatible,
            pending => Compatibility::Behind(pending),
        }
    }
}

impl Store {
    /// Applies what is pending, in one transaction, and writes down the version of the schema; then builds the indexes
    /// on large tables that are missing, step by step. A schema of a newer version is left as it is.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was applied, or indexes are missing, which the next call builds.
    pub async fn migrate_up(&self) -> Result<(), StoreError> {
        let transaction = self.locked().await?;
        let schema = self.schema_in(&transaction).await?;
        if schema.has_unknown() {
            // Its migrations came after all of ours, or the two versions have no common history.
            return match schema.pending() {
                0 => Ok(transaction.rollback().await?),
                _ => Err(StoreError::Other(
                    "the migrations of a newer version are applied, but not all of this one's".to_owned(),
                )),
            };
        }
        Migrator::up(&transaction, None).await?;
        write_version(&transaction, schema_version()).await?;
        transaction.commit().await?;
        self.build_indexes(LARGE_INDEXES).await?;
        Ok(())
    }

    /// Takes back the last `steps` migrations, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was taken back.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        let transaction = self.locked().await?;
        if self.schema_in(&transaction).await?.has_unknown() {
            return Err(StoreError::Other(
                "the last migrations are those of a newer version, which alone can take them back".to_owned(),
            ));
        }
        Migrator::down(&transaction, Some(steps)).await?;
        if SchemaManager::new(&transaction).has_table("schema_versions").await? {
            write_version(&transaction, schema_version().saturating_sub(steps)).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The schema as it is. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        self.schema_in(&self.write).await
    }

    async fn schema_in<'c, C>(&self, connection: &'c C) -> Result<Schema, StoreError>
    where
        C: ConnectionTrait,
        &'c C: migration::IntoSchemaManagerConnection<'c>,
    {
        let manager = SchemaManager::new(connection);
        let mut applied = BTreeSet::new();
        if manager.has_table("seaql_migrations").await? {
            let rows = seaql_migrations::Entity::find().order_by_asc(seaql_migrations::Column::Version);
            applied.extend(rows.all(connection).await?.into_iter().map(|row| row.version));
        }
        let mut least_compatible = None;
        if manager.has_table("schema_versions").await? {
            let row = entity::Entity::find_by_id(ROW).one(connection).await?;
            // A number that is out of range is that of no version this program could be compatible with.
            least_compatible = row.map(|row| u32::try_from(row.least_compatible).unwrap_or(u32::MAX));
        }
        let mut migrations = Vec::new();
        for migration in Migrator::migrations() {
            let name = migration.name().to_owned();
            migrations.push(MigrationState { applied: applied.remove(&name), name, known: true });
        }
        let newer = applied.into_iter().map(|name| MigrationState { name, applied: true, known: false });
        migrations.extend(newer);
        Ok(Schema { migrations, least_compatible })
    }

    async fn locked(&self) -> Result<DatabaseTransaction, StoreError> {
        let transaction = transaction::begin(&self.write).await?;
        if !self.is_sqlite() {
            // Migrations may take longer than requests, and may wait for another node's.
            for sql in ["SET LOCAL statement_timeout = '10min'", "SET LOCAL lock_timeout = '10min'"] {
                transaction.execute_unprepared(sql).await?;
            }
            transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
        }
        Ok(transaction)
    }
}

async fn write_version(transaction: &DatabaseTransaction, version: u32) -> Result<(), StoreError> {
    let row = entity::ActiveModel {
        id: Set(ROW),
        version: Set(i64::from(version)),
        least_compatible: Set(i64::from(LEAST_COMPATIBLE.min(version))),
    };
    let columns = [entity::Column::Version, entity::Column::LeastCompatible];
    let replacing = OnConflict::column(entity::Column::Id).update_columns(columns).to_owned();
    entity::Entity::insert(row).on_conflict(replacing).exec_without_returning(transaction).await?;
    Ok(())
}
