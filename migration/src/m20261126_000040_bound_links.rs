//! Which session a link or a telephone number waits to, and how often a link was sent.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// One statement each: SQLite adds and drops one column at a time.
fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("one_time_tokens", ColumnDef::new("session_id").uuid().null().take()),
        ("one_time_tokens", ColumnDef::new("credential_epoch").big_integer().null().take()),
        ("one_time_tokens", ColumnDef::new("sent_at").big_integer().null().take()),
        ("one_time_tokens", ColumnDef::new("resends").big_integer().not_null().default(0).take()),
        ("sms_codes", ColumnDef::new("session_id").uuid().null().take()),
        ("sms_codes", ColumnDef::new("credential_epoch").big_integer().null().take()),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            let table = Alias::new(table);
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns().into_iter().rev() {
            let (table, name) = (Alias::new(table), Alias::new(column.get_column_name()));
            manager.alter_table(Table::alter().table(table).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}
