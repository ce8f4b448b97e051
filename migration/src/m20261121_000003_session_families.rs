//! Session families: one row per login, whatever the number of its rotations; and the log of
//! revocations from which every node learns what the others have ended.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{bytes, bytes_null, id, number, small, small_null, text, text_null, time, time_null};
use crate::m20261121_000001_users::Users;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(session_families()).await?;
        manager.create_table(revocations()).await?;
        let connection = manager.get_connection();
        // No index on a column that a rotation changes: PostgreSQL then updates in place (HOT).
        for sql in [
            "CREATE INDEX session_families_live_by_user ON session_families (user_id) WHERE revoked_at IS NULL",
            "CREATE INDEX session_families_by_expiry ON session_families (expires_at)",
            "CREATE INDEX session_families_by_revocation ON session_families (revoked_at) WHERE revoked_at IS NOT NULL",
            "CREATE INDEX revocations_by_time ON revocations (revoked_at)",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            // Room on each page for the next versions of its rows.
            connection.execute_unprepared("ALTER TABLE session_families SET (fillfactor = 70)").await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Revocations::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(SessionFamilies::Table).to_owned()).await
    }
}

fn session_families() -> TableCreateStatement {
    Table::create()
        .table(SessionFamilies::Table)
        .col(id(SessionFamilies::Id))
        .col(ColumnDef::new(SessionFamilies::UserId).uuid().not_null())
        .col(small(SessionFamilies::KeyId))
        .col(bytes(SessionFamilies::Salt))
        .col(number(SessionFamilies::Generation))
        .col(ColumnDef::new(SessionFamilies::CurrentJti).uuid().not_null())
        .col(time(SessionFamilies::RotatedAt))
        .col(bytes_null(SessionFamilies::RotationKeyHash))
        .col(time(SessionFamilies::AuthTime))
        .col(text(SessionFamilies::Amr))
        .col(small(SessionFamilies::Aal))
        .col(number(SessionFamilies::CredentialEpoch))
        .col(time(SessionFamilies::CreatedAt))
        .col(time(SessionFamilies::LastSeenAt))
        .col(time(SessionFamilies::IdleExpiresAt))
        .col(time(SessionFamilies::ExpiresAt))
        .col(bytes(SessionFamilies::DeviceHash))
        .col(text_null(SessionFamilies::DeviceName))
        .col(text_null(SessionFamilies::Browser))
        .col(text_null(SessionFamilies::Os))
        .col(text(SessionFamilies::DeviceType))
        .col(text_null(SessionFamilies::LastIpCidr))
        .col(text_null(SessionFamilies::Location))
        .col(text_null(SessionFamilies::Country))
        // In tenths of a degree.
        .col(small_null(SessionFamilies::Latitude))
        .col(small_null(SessionFamilies::Longitude))
        .col(text_null(SessionFamilies::LoginCountry))
        .col(time_null(SessionFamilies::RevokedAt))
        .col(text_null(SessionFamilies::RevokeReason))
        .col(ColumnDef::new(SessionFamilies::ReplayedJti).uuid().null())
        .foreign_key(
            ForeignKey::create()
                .from(SessionFamilies::Table, SessionFamilies::UserId)
                .to(Users::Table, Users::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn revocations() -> TableCreateStatement {
    Table::create()
        .table(Revocations::Table)
        .col(ColumnDef::new(Revocations::Seq).big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new(Revocations::FamilyId).uuid().not_null())
        .col(time(Revocations::RevokedAt))
        .col(text(Revocations::Reason))
        .to_owned()
}

#[derive(DeriveIden)]
enum SessionFamilies {
    Table,
    Id,
    UserId,
    KeyId,
    Salt,
    Generation,
    CurrentJti,
    RotatedAt,
    RotationKeyHash,
    AuthTime,
    Amr,
    Aal,
    CredentialEpoch,
    CreatedAt,
    LastSeenAt,
    IdleExpiresAt,
    ExpiresAt,
    DeviceHash,
    DeviceName,
    Browser,
    Os,
    DeviceType,
    LastIpCidr,
    Location,
    Country,
    Latitude,
    Longitude,
    LoginCountry,
    RevokedAt,
    RevokeReason,
    ReplayedJti,
}

#[derive(DeriveIden)]
enum Revocations {
    Table,
    Seq,
    FamilyId,
    RevokedAt,
    Reason,
}
