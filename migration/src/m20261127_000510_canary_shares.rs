//! Which share of the users gets a generation of cookies while it is rolled out.

use sea_orm_migration::prelude::*;

use crate::columns::{small, text, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(CanaryShares::Table)
            .col(text(CanaryShares::Generation).primary_key())
            // Of a hundred users.
            .col(small(CanaryShares::Percent))
            .col(time(CanaryShares::SetAt))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(CanaryShares::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum CanaryShares {
    Table,
    Generation,
    Percent,
    SetAt,
}
