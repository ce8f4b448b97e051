//! What a login looks up: whether the user's device is a new one. And what it counts where there is no
//! account: rows that stand in for one, so that both take the same work.

use sea_orm_migration::prelude::*;

use crate::columns::{number, small};

/// As many as the server draws from.
const STAND_INS: i16 = 64;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(AttemptStandIns::Table)
            .col(small(AttemptStandIns::Id).primary_key().take())
            .col(number(AttemptStandIns::Attempts))
            .to_owned();
        manager.create_table(table).await?;
        let mut rows = Query::insert();
        rows.into_table(AttemptStandIns::Table).columns([AttemptStandIns::Id, AttemptStandIns::Attempts]);
        for id in 0..STAND_INS {
            rows.values_panic([id.into(), 0_i64.into()]);
        }
        manager.execute(rows).await?;
        let index =
            "CREATE INDEX session_families_by_user_and_device ON session_families (user_id, device_hash)";
        manager.get_connection().execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = "DROP INDEX session_families_by_user_and_device";
        manager.get_connection().execute_unprepared(index).await?;
        manager.drop_table(Table::drop().table(AttemptStandIns::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum AttemptStandIns {
    Table,
    Id,
    Attempts,
}
