//! Data keys, which seal rows and are themselves wrapped under a key-encryption key.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, text, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(DataKeys::Table)
            .col(text(DataKeys::Id).primary_key())
            .col(text(DataKeys::Purpose))
            .col(text(DataKeys::State))
            .col(bytes(DataKeys::Wrapped))
            .col(time(DataKeys::CreatedAt))
            .to_owned();
        manager.create_table(table).await?;
        for state in ["active", "standby"] {
            let sql = format!(
                "CREATE UNIQUE INDEX data_keys_one_{state} ON data_keys (purpose) WHERE state = '{state}'"
            );
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    /// The data keys are lost, and with them everything that is sealed under them.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(DataKeys::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum DataKeys {
    Table,
    Id,
    Purpose,
    State,
    Wrapped,
    CreatedAt,
}
