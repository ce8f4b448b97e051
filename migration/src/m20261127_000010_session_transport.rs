//! How the tokens of a session travel, and whether the session outlives the browser. Sessions of earlier versions are
//! bearer sessions that do.

use sea_orm_migration::prelude::*;

use crate::columns::text;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "session_families", text(Alias::new("transport")).default("bearer").take()).await?;
        for table in ["session_families", "login_challenges"] {
            let remembered = ColumnDef::new("remembered").boolean().not_null().default(true).take();
            add(manager, table, remembered).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("login_challenges", "remembered"),
            ("session_families", "remembered"),
            ("session_families", "transport"),
        ] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

async fn add(manager: &SchemaManager<'_>, table: &'static str, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await
}
