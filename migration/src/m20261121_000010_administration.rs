//! What administrators' lists are read by; and one open invitation for an address, not two.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [(&str, &str); 4] = [
    ("users_by_creation", "ON users (created_at, id)"),
    ("invitations_by_creation", "ON invitations (created_at, id)"),
    ("security_events_by_actor", "ON security_events (actor_id, created_at) WHERE actor_id IS NOT NULL"),
    ("invitations_open", "ON invitations (email) WHERE accepted_at IS NULL AND revoked_at IS NULL"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, on) in INDEXES {
            let unique = if name == "invitations_open" { "UNIQUE " } else { "" };
            let sql = format!("CREATE {unique}INDEX {name} {on}");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        Ok(())
    }
}
