//! Root keys that were superseded: until when they are kept.

use sea_orm_migration::prelude::*;

use crate::columns::time_null;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Empty while the key is not superseded: it is kept for good.
        let kept_until = time_null(RootKeys::KeptUntil);
        manager.alter_table(Table::alter().table(RootKeys::Table).add_column(kept_until).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter().table(RootKeys::Table).drop_column(RootKeys::KeptUntil).to_owned();
        manager.alter_table(alter).await
    }
}

#[derive(DeriveIden)]
enum RootKeys {
    Table,
    KeptUntil,
}
