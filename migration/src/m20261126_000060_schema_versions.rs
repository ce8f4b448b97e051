//! Which programs the schema works with. One row, written with every migration: the version of the schema, and the
//! oldest version whose program may still use it.

use sea_orm_migration::prelude::*;

use crate::columns::{number, small};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(SchemaVersions::Table)
            .col(small(SchemaVersions::Id).primary_key())
            .col(number(SchemaVersions::Version))
            .col(number(SchemaVersions::LeastCompatible))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(SchemaVersions::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum SchemaVersions {
    Table,
    Id,
    Version,
    LeastCompatible,
}
