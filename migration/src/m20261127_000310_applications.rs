//! Applications: servers that act for the browsers of their users.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, text, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Applications::Table)
            .col(id(Applications::Id))
            .col(text(Applications::Name))
            .col(bytes(Applications::SecretHash))
            .col(time(Applications::CreatedAt))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Applications::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Applications {
    Table,
    Id,
    Name,
    SecretHash,
    CreatedAt,
}
