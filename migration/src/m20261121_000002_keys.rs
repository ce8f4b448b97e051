//! Root keys (refresh tokens) and signing keys (access tokens), sealed with the master key.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, small, text, time, time_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(RootKeys::Table)
                    .col(small(RootKeys::Id).primary_key())
                    .col(bytes(RootKeys::Sealed))
                    .col(text(RootKeys::State))
                    .col(time(RootKeys::CreatedAt))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(SigningKeys::Table)
                    .col(text(SigningKeys::Kid).primary_key())
                    .col(text(SigningKeys::Algorithm))
                    .col(text(SigningKeys::State))
                    .col(bytes(SigningKeys::Sealed))
                    .col(text(SigningKeys::PublicJwk))
                    .col(time(SigningKeys::CreatedAt))
                    .col(time_null(SigningKeys::ActivatedAt))
                    .to_owned(),
            )
            .await?;
        // Many nodes that start together on an empty database agree on one key of each kind.
        for table in ["root_keys", "signing_keys"] {
            let sql =
                format!("CREATE UNIQUE INDEX {table}_one_active ON {table} (state) WHERE state = 'active'");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(SigningKeys::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(RootKeys::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum RootKeys {
    Table,
    Id,
    Sealed,
    State,
    CreatedAt,
}

#[derive(DeriveIden)]
enum SigningKeys {
    Table,
    Kid,
    Algorithm,
    State,
    Sealed,
    PublicJwk,
    CreatedAt,
    ActivatedAt,
}
