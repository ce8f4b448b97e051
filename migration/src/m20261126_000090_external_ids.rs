//! The id that a user had in the system from which they were imported. An application's foreign keys point to it.

use sea_orm_migration::prelude::*;

use crate::columns::text_null;
use crate::m20261121_000001_users::Users;

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEX: &str =
    "CREATE UNIQUE INDEX users_external_id ON users (external_id) WHERE external_id IS NOT NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = text_null(Alias::new("external_id"));
        manager.alter_table(Table::alter().table(Users::Table).add_column(column).to_owned()).await?;
        manager.get_connection().execute_unprepared(INDEX).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX users_external_id").await?;
        let drop = Table::alter().table(Users::Table).drop_column(Alias::new("external_id")).to_owned();
        manager.alter_table(drop).await
    }
}
