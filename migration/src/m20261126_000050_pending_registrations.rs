//! Registrations whose address is not proven. They are no accounts: nothing refers to them.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, number, text, text_null, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [(&str, &str); 3] = [
    // One place for each client network; a second registration from it takes the place of the first.
    ("pending_registrations_by_place", "UNIQUE INDEX {} ON pending_registrations (email, network)"),
    ("pending_registrations_by_expiry", "INDEX {} ON pending_registrations (expires_at)"),
    // Links to addresses that have no account.
    (
        "one_time_tokens_by_address",
        "INDEX {} ON one_time_tokens (email) WHERE user_id IS NULL AND invitation_id IS NULL",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(PendingRegistrations::Table)
                    .col(id(PendingRegistrations::Id))
                    .col(text(PendingRegistrations::Email))
                    .col(text(PendingRegistrations::Network))
                    .col(text(PendingRegistrations::WiderNetwork))
                    .col(bytes(PendingRegistrations::LinkHash).unique_key())
                    .col(bytes(PendingRegistrations::SecretHash))
                    .col(text(PendingRegistrations::PasswordHash))
                    .col(text_null(PendingRegistrations::DisplayName))
                    .col(text_null(PendingRegistrations::Locale))
                    .col(text_null(PendingRegistrations::TermsVersion))
                    // The masked network that a consent came from.
                    .col(text_null(PendingRegistrations::ConsentNetwork))
                    // Wrong passwords of people without the link, and of those who have it.
                    .col(number(PendingRegistrations::Failures))
                    .col(number(PendingRegistrations::LinkFailures))
                    .col(time(PendingRegistrations::CreatedAt))
                    .col(time(PendingRegistrations::ExpiresAt))
                    .to_owned(),
            )
            .await?;
        for (name, definition) in INDEXES {
            let sql = format!("CREATE {}", definition.replace("{}", name));
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        manager.drop_table(Table::drop().table(PendingRegistrations::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum PendingRegistrations {
    Table,
    Id,
    Email,
    Network,
    WiderNetwork,
    LinkHash,
    SecretHash,
    PasswordHash,
    DisplayName,
    Locale,
    TermsVersion,
    ConsentNetwork,
    Failures,
    LinkFailures,
    CreatedAt,
    ExpiresAt,
}
