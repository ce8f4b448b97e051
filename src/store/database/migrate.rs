//! Migrations under a lock: nodes that start together migrate once, and a crash leaves all or nothing.

use migration::{Migration, MigrationStatus, Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::store::database::transaction;
use crate::store::{Store, StoreError};

/// PostgreSQL's advisory lock: "kindred" in ASCII.
const LOCK: i64 = 0x006b_696e_6472_6564;

/// One migration and whether it has been applied.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MigrationState {
    pub name: String,
    pub applied: bool,
}

impl Store {
    /// Applies what is pending, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was applied.
    pub async fn migrate_up(&self) -> Result<(), StoreError> {
        let transaction = self.locked().await?;
        Migrator::up(&transaction, None).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes back the last `steps` migrations, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was taken back.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        let transaction = self.locked().await?;
        Migrator::down(&transaction, Some(steps)).await?;
        Ok(transaction.commit().await?)
    }

    /// Every migration in order. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn migration_states(&self) -> Result<Vec<MigrationState>, StoreError> {
        let migrations = Migrator::get_migration_with_status_read_only(&self.write).await?;
        let applied = |migration: &Migration| matches!(migration.status(), MigrationStatus::Applied);
        Ok(migrations
            .iter()
            .map(|migration| MigrationState {
                name: migration.name().to_owned(),
                applied: applied(migration),
            })
            .collect())
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
