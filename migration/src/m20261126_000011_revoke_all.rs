//! One entry of the revocation log can stand for all session families that were created before a moment.

use sea_orm_migration::prelude::*;

use crate::columns::time_null;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in [
            // Families whose id is older than this are revoked; the entry's own `family_id` is then nil.
            time_null(Revocations::CreatedBefore),
            // When all their rows said so themselves.
            time_null(Revocations::SettledAt),
        ] {
            let alter = Table::alter().table(Revocations::Table).add_column(column).to_owned();
            manager.alter_table(alter).await?;
        }
        let index = "CREATE INDEX revocations_of_all ON revocations (created_before) WHERE created_before IS NOT NULL";
        manager.get_connection().execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP INDEX revocations_of_all").await?;
        // Such an entry says nothing without the column; rows that it stands for and that were not revoked yet live.
        connection.execute_unprepared("DELETE FROM revocations WHERE created_before IS NOT NULL").await?;
        for column in [Revocations::SettledAt, Revocations::CreatedBefore] {
            let alter = Table::alter().table(Revocations::Table).drop_column(column).to_owned();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Revocations {
    Table,
    CreatedBefore,
    SettledAt,
}
