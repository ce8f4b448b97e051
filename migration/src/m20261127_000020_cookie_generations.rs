//! With which attributes the cookies of each generation were set: a browser keeps those of before beside the new ones.

use sea_orm_migration::prelude::*;

use crate::columns::{text, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = Index::create()
            .col(CookieGenerations::Generation)
            .col(CookieGenerations::Secure)
            .col(CookieGenerations::Domain)
            .take();
        let table = Table::create()
            .table(CookieGenerations::Table)
            .col(text(CookieGenerations::Generation))
            // Whether the names have a prefix, which needs https.
            .col(ColumnDef::new(CookieGenerations::Secure).boolean().not_null())
            // The parent domain of the access cookie; empty without one.
            .col(text(CookieGenerations::Domain))
            .col(time(CookieGenerations::FirstUsedAt))
            .primary_key(&mut key.clone())
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(CookieGenerations::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum CookieGenerations {
    Table,
    Generation,
    Secure,
    Domain,
    FirstUsedAt,
}
