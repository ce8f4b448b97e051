//! Links that work once (only their hashes), and the invitations that some of them accept.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, text, text_null, time, time_null};
use crate::m20261121_000001_users::Users;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(invitations()).await?;
        manager.create_table(one_time_tokens()).await?;
        let connection = manager.get_connection();
        for sql in [
            "CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id, purpose)",
            "CREATE INDEX one_time_tokens_by_invitation ON one_time_tokens (invitation_id)",
            "CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at)",
            "CREATE INDEX invitations_by_expiry ON invitations (expires_at)",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(OneTimeTokens::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Invitations::Table).to_owned()).await
    }
}

fn invitations() -> TableCreateStatement {
    Table::create()
        .table(Invitations::Table)
        .col(id(Invitations::Id))
        .col(text(Invitations::Email))
        .col(text(Invitations::Roles))
        .col(ColumnDef::new(Invitations::InvitedBy).uuid().null())
        .col(time(Invitations::CreatedAt))
        .col(time(Invitations::ExpiresAt))
        .col(time_null(Invitations::AcceptedAt))
        .col(ColumnDef::new(Invitations::AcceptedBy).uuid().null())
        .col(time_null(Invitations::RevokedAt))
        .to_owned()
}

fn one_time_tokens() -> TableCreateStatement {
    Table::create()
        .table(OneTimeTokens::Table)
        .col(id(OneTimeTokens::Id))
        .col(text(OneTimeTokens::Purpose))
        .col(ColumnDef::new(OneTimeTokens::UserId).uuid().null())
        .col(ColumnDef::new(OneTimeTokens::InvitationId).uuid().null())
        .col(bytes(OneTimeTokens::TokenHash).unique_key())
        // The address that using the token proves.
        .col(text_null(OneTimeTokens::Email))
        .col(time(OneTimeTokens::CreatedAt))
        .col(time(OneTimeTokens::ExpiresAt))
        .col(time_null(OneTimeTokens::UsedAt))
        .col(time_null(OneTimeTokens::VoidedAt))
        .foreign_key(
            ForeignKey::create()
                .from(OneTimeTokens::Table, OneTimeTokens::UserId)
                .to(Users::Table, Users::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(
            ForeignKey::create()
                .from(OneTimeTokens::Table, OneTimeTokens::InvitationId)
                .to(Invitations::Table, Invitations::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

#[derive(DeriveIden)]
enum Invitations {
    Table,
    Id,
    Email,
    Roles,
    InvitedBy,
    CreatedAt,
    ExpiresAt,
    AcceptedAt,
    AcceptedBy,
    RevokedAt,
}

#[derive(DeriveIden)]
enum OneTimeTokens {
    Table,
    Id,
    Purpose,
    UserId,
    InvitationId,
    TokenHash,
    Email,
    CreatedAt,
    ExpiresAt,
    UsedAt,
    VoidedAt,
}
