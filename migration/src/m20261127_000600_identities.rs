//! Identities that people have at other providers, and what was used on the way of a login there: states that came back,
//! and codes for applications. Both travel sealed and are not stored; the database knows only that one was used, until it
//! expires.

use sea_orm_migration::prelude::*;

use crate::columns::{id, text, text_null, time, time_null};
use crate::m20261121_000001_users::goes_with_user;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let identities = Table::create()
            .table(Identities::Table)
            .col(id(Identities::Id))
            .col(ColumnDef::new(Identities::UserId).uuid().not_null())
            .col(text(Identities::Provider))
            .col(text(Identities::Issuer))
            .col(text(Identities::Subject))
            .col(text_null(Identities::Email))
            .col(time(Identities::CreatedAt))
            .col(time_null(Identities::LastUsedAt))
            .foreign_key(&mut goes_with_user(Identities::Table, Identities::UserId))
            .to_owned();
        manager.create_table(identities).await?;
        let uses = Table::create()
            .table(FederationUses::Table)
            .col(id(FederationUses::Id))
            .col(time(FederationUses::ExpiresAt))
            .to_owned();
        manager.create_table(uses).await?;
        for sql in [
            "CREATE UNIQUE INDEX identities_by_subject ON identities (issuer, subject)",
            "CREATE INDEX identities_by_user ON identities (user_id)",
            "CREATE INDEX federation_uses_by_expiry ON federation_uses (expires_at)",
        ] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(FederationUses::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Identities::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Identities {
    Table,
    Id,
    UserId,
    Provider,
    Issuer,
    Subject,
    Email,
    CreatedAt,
    LastUsedAt,
}

#[derive(DeriveIden)]
enum FederationUses {
    Table,
    Id,
    ExpiresAt,
}
