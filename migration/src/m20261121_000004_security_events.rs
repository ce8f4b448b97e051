//! Security events.

use sea_orm_migration::prelude::*;

use crate::columns::{id, text, text_null, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(SecurityEvents::Table)
                    .col(id(SecurityEvents::Id))
                    .col(text(SecurityEvents::Kind))
                    // No foreign keys: the log outlives what it tells of.
                    .col(ColumnDef::new(SecurityEvents::UserId).uuid().null())
                    .col(ColumnDef::new(SecurityEvents::ActorId).uuid().null())
                    .col(ColumnDef::new(SecurityEvents::SessionId).uuid().null())
                    .col(text(SecurityEvents::CorrelationId))
                    .col(text_null(SecurityEvents::Address))
                    .col(text_null(SecurityEvents::UserAgent))
                    .col(ColumnDef::new(SecurityEvents::Detail).json().not_null())
                    .col(time(SecurityEvents::CreatedAt))
                    .to_owned(),
            )
            .await?;
        let connection = manager.get_connection();
        for sql in [
            "CREATE INDEX security_events_by_user ON security_events (user_id, created_at)",
            "CREATE INDEX security_events_by_time ON security_events (created_at)",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(SecurityEvents::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum SecurityEvents {
    Table,
    Id,
    Kind,
    UserId,
    ActorId,
    SessionId,
    CorrelationId,
    Address,
    UserAgent,
    Detail,
    CreatedAt,
}
