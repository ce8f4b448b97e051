//! Answers to CAPTCHAs that were used, so that none is used twice. A challenge itself is signed and not stored.

use sea_orm_migration::prelude::*;

use crate::columns::{id, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(CaptchaUses::Table)
            .col(id(CaptchaUses::Id))
            .col(time(CaptchaUses::ExpiresAt))
            .to_owned();
        manager.create_table(table).await?;
        let index = "CREATE INDEX captcha_uses_by_expiry ON captcha_uses (expires_at)";
        manager.get_connection().execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(CaptchaUses::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum CaptchaUses {
    Table,
    Id,
    ExpiresAt,
}
