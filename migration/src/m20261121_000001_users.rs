//! Users and their passwords.

use sea_orm_migration::prelude::*;

use crate::columns::{id, number, text, text_null, time, time_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(Users::Table)
                    .col(id(Users::Id))
                    // The canonical address: unique, so one address is one account.
                    .col(text(Users::Email).unique_key())
                    .col(text_null(Users::DisplayName))
                    .col(text(Users::Status))
                    .col(text(Users::Roles))
                    .col(number(Users::CredentialEpoch))
                    .col(ColumnDef::new(Users::PasswordMustChange).boolean().not_null())
                    .col(time_null(Users::EmailVerifiedAt))
                    .col(time(Users::CreatedAt))
                    .col(time(Users::UpdatedAt))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(PasswordCredentials::Table)
                    .col(id(PasswordCredentials::UserId))
                    .col(text(PasswordCredentials::Hash))
                    .col(time(PasswordCredentials::ChangedAt))
                    .foreign_key(&mut goes_with_user(PasswordCredentials::Table, PasswordCredentials::UserId))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(PasswordCredentials::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Users::Table).to_owned()).await
    }
}

/// Rows that are deleted with the user whom this column names.
pub fn goes_with_user(table: impl IntoIden, column: impl IntoIden) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table.into_iden(), column)
        .to(Users::Table, Users::Id)
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

#[derive(DeriveIden)]
pub enum Users {
    Table,
    Id,
    Email,
    DisplayName,
    Status,
    Roles,
    CredentialEpoch,
    PasswordMustChange,
    EmailVerifiedAt,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
pub enum PasswordCredentials {
    Table,
    UserId,
    Hash,
    ChangedAt,
}
