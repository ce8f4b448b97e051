//! Signing keys of several algorithms: one active key of each.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Programs of before know one algorithm only, and ignore keys of others.
        one_active_by(manager, "algorithm").await
    }

    /// Keys of other algorithms than ES256 are lost, and with them the tokens that they have signed.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DELETE FROM signing_keys WHERE algorithm <> 'ES256'").await?;
        one_active_by(manager, "state").await
    }
}

async fn one_active_by(manager: &SchemaManager<'_>, column: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    connection.execute_unprepared("DROP INDEX signing_keys_one_active").await?;
    let sql = format!(
        "CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys ({column}) WHERE state = 'active'"
    );
    connection.execute_unprepared(&sql).await?;
    Ok(())
}
