//! What else is kept of a person: what was consented to, and the avatar's whereabouts.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, number, text, text_null, time};
use crate::m20261121_000001_users::goes_with_user;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(consents()).await?;
        manager.create_table(avatars()).await?;
        let index = "CREATE INDEX consents_by_user ON consents (user_id, accepted_at)";
        manager.get_connection().execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Avatars::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Consents::Table).to_owned()).await
    }
}

fn consents() -> TableCreateStatement {
    Table::create()
        .table(Consents::Table)
        .col(id(Consents::Id))
        .col(ColumnDef::new(Consents::UserId).uuid().not_null())
        .col(text(Consents::Document))
        .col(text(Consents::Version))
        .col(time(Consents::AcceptedAt))
        // The masked network that the consent came from.
        .col(text_null(Consents::Network))
        .foreign_key(&mut goes_with_user(Consents::Table, Consents::UserId))
        .to_owned()
}

fn avatars() -> TableCreateStatement {
    Table::create()
        .table(Avatars::Table)
        .col(id(Avatars::UserId))
        .col(text(Avatars::ObjectKey))
        .col(text(Avatars::ContentType))
        .col(number(Avatars::Bytes))
        .col(number(Avatars::Width))
        .col(number(Avatars::Height))
        .col(bytes(Avatars::Digest))
        .col(time(Avatars::UpdatedAt))
        .foreign_key(&mut goes_with_user(Avatars::Table, Avatars::UserId))
        .to_owned()
}

#[derive(DeriveIden)]
enum Consents {
    Table,
    Id,
    UserId,
    Document,
    Version,
    AcceptedAt,
    Network,
}

#[derive(DeriveIden)]
enum Avatars {
    Table,
    UserId,
    ObjectKey,
    ContentType,
    Bytes,
    Width,
    Height,
    Digest,
    UpdatedAt,
}
