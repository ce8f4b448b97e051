//! Which sessions rest on which identities, so that they end with the session at the provider. The family's own row, which
//! every refresh writes, does not grow.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes_null, id};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A login that waits for its second factor keeps the identity until the session is opened.
const CHALLENGES: &str = "login_challenges";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sessions = Table::create()
            .table(FederatedSessions::Table)
            .col(id(FederatedSessions::FamilyId))
            .col(ColumnDef::new(FederatedSessions::IdentityId).uuid().not_null())
            .col(bytes_null(FederatedSessions::SidHash))
            .foreign_key(&mut goes_with(FederatedSessions::FamilyId, "session_families"))
            .foreign_key(&mut goes_with(FederatedSessions::IdentityId, "identities"))
            .to_owned();
        manager.create_table(sessions).await?;
        let by_identity = "CREATE INDEX federated_sessions_by_identity ON federated_sessions (identity_id)";
        manager.get_connection().execute_unprepared(by_identity).await?;
        let columns = [
            ColumnDef::new(FederatedSessions::IdentityId).uuid().null().take(),
            bytes_null(FederatedSessions::SidHash),
        ];
        for column in columns {
            manager
                .alter_table(Table::alter().table(Alias::new(CHALLENGES)).add_column(column).to_owned())
                .await?;
        }
        Ok(())
    }

    /// Sessions no longer end with those at the provider.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [FederatedSessions::IdentityId, FederatedSessions::SidHash] {
            let drop = Table::alter().table(Alias::new(CHALLENGES)).drop_column(column).to_owned();
            manager.alter_table(drop).await?;
        }
        manager.drop_table(Table::drop().table(FederatedSessions::Table).to_owned()).await
    }
}

fn goes_with(column: FederatedSessions, table: &str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(FederatedSessions::Table, column)
        .to(Alias::new(table), Alias::new("id"))
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

#[derive(DeriveIden)]
enum FederatedSessions {
    Table,
    FamilyId,
    IdentityId,
    SidHash,
}
