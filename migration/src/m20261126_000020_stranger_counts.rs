//! Counts of what proves nothing about an account, by network and minute: a request of a stranger changes a
//! number and adds no row of its own.

use sea_orm_migration::prelude::*;

use crate::columns::{number, text, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = Index::create()
            .col(StrangerCounts::Minute)
            .col(StrangerCounts::Kind)
            .col(StrangerCounts::Network)
            .take();
        let table = Table::create()
            .table(StrangerCounts::Table)
            .col(time(StrangerCounts::Minute))
            .col(text(StrangerCounts::Kind))
            .col(text(StrangerCounts::Network))
            .col(number(StrangerCounts::Requests))
            .primary_key(&mut key.clone())
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(StrangerCounts::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum StrangerCounts {
    Table,
    Minute,
    Kind,
    Network,
    Requests,
}
