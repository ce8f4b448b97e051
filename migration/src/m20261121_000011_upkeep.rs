//! What deletion and export need: the ways to all rows of one person, and when each job ran last.

use sea_orm_migration::prelude::*;

use crate::columns::{number, text, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [(&str, &str); 2] = [
    // The partial index knows live families only; this one also serves the foreign key's cascade.
    ("session_families_by_user", "session_families (user_id, id)"),
    ("security_events_failed_logins", "security_events (created_at) WHERE kind = 'login.failed'"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(JobRuns::Table)
                    .col(text(JobRuns::Job).primary_key())
                    .col(time(JobRuns::FinishedAt))
                    // By the last run, and by all.
                    .col(number(JobRuns::Rows))
                    .col(number(JobRuns::RowsTotal))
                    .to_owned(),
            )
            .await?;
        for (name, columns) in INDEXES {
            let sql = format!("CREATE INDEX {name} ON {columns}");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        manager.drop_table(Table::drop().table(JobRuns::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum JobRuns {
    Table,
    Job,
    FinishedAt,
    Rows,
    RowsTotal,
}
