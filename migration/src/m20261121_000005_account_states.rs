//! What can befall an account: failures, a lock, a pending erasure; and the language its mails are in.

use sea_orm_migration::prelude::*;

use crate::columns::{number, text_null, time_null};
use crate::m20261121_000001_users::{PasswordCredentials, Users};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in [text_null(AccountStates::Locale), time_null(AccountStates::EraseAt)] {
            manager.alter_table(Table::alter().table(Users::Table).add_column(column).to_owned()).await?;
        }
        for column in [number(AccountStates::Failures).default(0).take(), time_null(AccountStates::LockedAt)]
        {
            let add = Table::alter().table(PasswordCredentials::Table).add_column(column).to_owned();
            manager.alter_table(add).await?;
        }
        let index = "CREATE INDEX users_by_erasure ON users (erase_at) WHERE erase_at IS NOT NULL";
        manager.get_connection().execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX users_by_erasure").await?;
        for column in [AccountStates::Locale, AccountStates::EraseAt] {
            manager.alter_table(Table::alter().table(Users::Table).drop_column(column).to_owned()).await?;
        }
        for column in [AccountStates::Failures, AccountStates::LockedAt] {
            let drop = Table::alter().table(PasswordCredentials::Table).drop_column(column).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

#[derive(DeriveIden)]
enum AccountStates {
    Locale,
    EraseAt,
    Failures,
    LockedAt,
}
