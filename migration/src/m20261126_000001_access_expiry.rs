//! When a session's current access token expires: a retry signs the same `exp` after a change of settings.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ColumnDef::new("access_expires_at").big_integer().null().to_owned();
        let table = Table::alter().table("session_families").add_column(column).to_owned();
        manager.alter_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter().table("session_families").drop_column("access_expires_at").to_owned();
        manager.alter_table(table).await
    }
}
