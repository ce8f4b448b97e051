//! Messages that wait to leave, written in the transaction of their cause; and what was spent of the
//! daily quotas for them.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes_null, id, number, text, text_null, time, time_null};
use crate::m20261121_000001_users::goes_with_user;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(outbox()).await?;
        manager.create_table(quota_usage()).await?;
        let connection = manager.get_connection();
        for sql in [
            "CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE state = 'pending'",
            "CREATE INDEX outbox_by_user ON outbox (user_id)",
            "CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL",
            "CREATE INDEX quota_usage_by_user ON quota_usage (user_id) WHERE user_id IS NOT NULL",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(QuotaUsage::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Outbox::Table).to_owned()).await
    }
}

fn outbox() -> TableCreateStatement {
    Table::create()
        .table(Outbox::Table)
        .col(id(Outbox::Id))
        .col(text(Outbox::Channel))
        .col(text(Outbox::Template))
        // No foreign key: the message that an account was erased outlives the account.
        .col(ColumnDef::new(Outbox::UserId).uuid().null())
        // Recipient and contents, sealed; gone once the message has left.
        .col(bytes_null(Outbox::Sealed))
        .col(text(Outbox::State))
        .col(number(Outbox::Attempts))
        .col(time(Outbox::CreatedAt))
        .col(time(Outbox::NextAttemptAt))
        .col(time_null(Outbox::ExpiresAt))
        .col(time_null(Outbox::FinishedAt))
        .col(text_null(Outbox::LastError))
        .to_owned()
}

fn quota_usage() -> TableCreateStatement {
    Table::create()
        .table(QuotaUsage::Table)
        .col(text(QuotaUsage::Scope))
        // Days since the Unix epoch, UTC.
        .col(number(QuotaUsage::Day))
        .col(number(QuotaUsage::Used))
        // Of whom, where the scope names a user: no count outlives its user.
        .col(ColumnDef::new(QuotaUsage::UserId).uuid().null())
        .foreign_key(&mut goes_with_user(QuotaUsage::Table, QuotaUsage::UserId))
        .primary_key(Index::create().col(QuotaUsage::Scope).col(QuotaUsage::Day))
        .to_owned()
}

#[derive(DeriveIden)]
enum Outbox {
    Table,
    Id,
    Channel,
    Template,
    UserId,
    Sealed,
    State,
    Attempts,
    CreatedAt,
    NextAttemptAt,
    ExpiresAt,
    FinishedAt,
    LastError,
}

#[derive(DeriveIden)]
enum QuotaUsage {
    Table,
    Scope,
    Day,
    Used,
    UserId,
}
