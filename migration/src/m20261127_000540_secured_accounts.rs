//! When the owner of an account has secured it, which makes the password and the passkeys void.

use sea_orm_migration::prelude::*;

use crate::columns::time_null;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "users";
const COLUMN: &str = "secured_at";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = time_null(Alias::new(COLUMN));
        manager.alter_table(Table::alter().table(Alias::new(TABLE)).add_column(column).to_owned()).await
    }

    /// Passwords and passkeys that were void log in again.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::alter().table(Alias::new(TABLE)).drop_column(Alias::new(COLUMN)).to_owned();
        manager.alter_table(drop).await
    }
}
