//! Passkey ceremonies that were finished. What a ceremony is for travels with the client, sealed; the database
//! knows only that one was used, until it expires.
//!
//! The table `webauthn_ceremonies` stays: servers of the version before write to it while they run beside this one.

use sea_orm_migration::prelude::*;

use crate::columns::{id, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(WebauthnCeremonyUses::Table)
            .col(id(WebauthnCeremonyUses::Id))
            .col(time(WebauthnCeremonyUses::ExpiresAt))
            .to_owned();
        manager.create_table(table).await?;
        let index = "CREATE INDEX webauthn_ceremony_uses_by_expiry ON webauthn_ceremony_uses (expires_at)";
        manager.get_connection().execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(WebauthnCeremonyUses::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum WebauthnCeremonyUses {
    Table,
    Id,
    ExpiresAt,
}
