//! What the nodes share about certificates from an authority (ACME), and leases, by which one node acts for all.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, text, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let records = Table::create()
            .table(AcmeRecords::Table)
            .col(text(AcmeRecords::Name).primary_key())
            .col(bytes(AcmeRecords::Sealed))
            .col(time(AcmeRecords::UpdatedAt))
            .to_owned();
        manager.create_table(records).await?;
        let leases = Table::create()
            .table(Leases::Table)
            .col(text(Leases::Name).primary_key())
            .col(text(Leases::Holder))
            .col(time(Leases::ExpiresAt))
            .to_owned();
        manager.create_table(leases).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Leases::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(AcmeRecords::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum AcmeRecords {
    Table,
    Name,
    Sealed,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Leases {
    Table,
    Name,
    Holder,
    ExpiresAt,
}
