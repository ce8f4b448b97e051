//! Root keys are authenticated as signing keys are: a MAC of the row under the master key, with that key's id.

use sea_orm_migration::prelude::*;

use crate::columns::bytes_null;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Empty in rows of earlier versions until the server starts: the database does not know the master key.
        let mac = bytes_null(RootKeys::Mac);
        manager.alter_table(Table::alter().table(RootKeys::Table).add_column(mac).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter().table(RootKeys::Table).drop_column(RootKeys::Mac).to_owned();
        manager.alter_table(alter).await
    }
}

#[derive(DeriveIden)]
enum RootKeys {
    Table,
    Mac,
}
