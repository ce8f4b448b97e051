//! The row that servers write to find out whether the database can be written.

use sea_orm_migration::prelude::*;

use crate::columns::{number, small};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(HealthProbes::Table)
            .col(small(HealthProbes::Id).primary_key())
            .col(number(HealthProbes::Writes))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(HealthProbes::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum HealthProbes {
    Table,
    Id,
    Writes,
}
