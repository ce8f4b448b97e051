//! The time zone of the browser that a user logs in with, for the times in mails.

use sea_orm_migration::prelude::*;

use crate::columns::text_null;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A login that waits for its second factor keeps the zone until the session is opened.
const TABLES: [&str; 2] = ["users", "login_challenges"];
const COLUMN: &str = "time_zone";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let column = text_null(Alias::new(COLUMN));
            manager
                .alter_table(Table::alter().table(Alias::new(table)).add_column(column).to_owned())
                .await?;
        }
        Ok(())
    }

    /// The zones are lost; times in mails are in UTC then.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let drop = Table::alter().table(Alias::new(table)).drop_column(Alias::new(COLUMN)).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}
