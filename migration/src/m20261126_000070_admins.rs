//! Which users are administrators, as a column with an index, so that the rule of the last administrator does not look at
//! every user. The database derives the column from the roles: a server of an earlier version, which knows nothing of
//! it, keeps it true as well.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds no stored column to a table that exists; the index stores the value where it is needed.
        let column = if manager.get_database_backend() == DbBackend::Sqlite {
            "(instr(' ' || roles || ' ', ' admin ') > 0) VIRTUAL"
        } else {
            "(strpos(' ' || roles || ' ', ' admin ') > 0) STORED"
        };
        let connection = manager.get_connection();
        let add = format!("ALTER TABLE users ADD COLUMN is_admin boolean GENERATED ALWAYS AS {column}");
        connection.execute_unprepared(&add).await?;
        connection.execute_unprepared("CREATE INDEX users_admins ON users (id) WHERE is_admin").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP INDEX users_admins").await?;
        connection.execute_unprepared("ALTER TABLE users DROP COLUMN is_admin").await?;
        Ok(())
    }
}
