//! Known devices: failures of passwords are counted in two pools, those of known devices and those of all others, and
//! for each known device. The delays of unknown devices are kept by cells, not by accounts.

use sea_orm_migration::prelude::*;

use crate::columns::{id, number, time, time_null};
use crate::m20261121_000001_users::Users;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Moves on when all devices of a user but one shall be unknown.
        add(manager, "users", number(name("device_epoch")).default(0).take()).await?;
        // The device of the token that the login gave; a session of an earlier version has an unknown one.
        let device = ColumnDef::new(name("known_device_id")).uuid().null().take();
        add(manager, "session_families", device).await?;
        add(manager, "password_credentials", number(name("known_failures")).default(0).take()).await?;
        add(manager, "password_credentials", time_null(name("known_locked_at"))).await?;
        manager.create_table(device_attempts()).await?;
        manager.create_table(login_delays()).await?;
        // What earlier versions counted for trusted devices stays counted.
        let counted = "INSERT INTO device_attempts (device_id, user_id, failures, last_tried_at) \
                       SELECT id, user_id, failures, last_used_at FROM trusted_devices WHERE failures > 0";
        for sql in ["CREATE INDEX device_attempts_by_user ON device_attempts (user_id)", counted] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["login_delays", "device_attempts"] {
            manager.drop_table(Table::drop().table(name(table)).to_owned()).await?;
        }
        for (table, column) in [
            ("password_credentials", "known_locked_at"),
            ("password_credentials", "known_failures"),
            ("session_families", "known_device_id"),
            ("users", "device_epoch"),
        ] {
            let drop = Table::alter().table(name(table)).drop_column(name(column)).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

/// Wrong passwords of a known device since its last right one. A device without any has no row.
fn device_attempts() -> TableCreateStatement {
    Table::create()
        .table(name("device_attempts"))
        .col(id(name("device_id")))
        .col(ColumnDef::new(name("user_id")).uuid().not_null())
        .col(number(name("failures")))
        .col(time(name("last_tried_at")))
        .foreign_key(
            ForeignKey::create()
                .from(name("device_attempts"), name("user_id"))
                .to(Users::Table, Users::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

/// A fixed number of cells, by a keyed hash of the address that was tried: alike for addresses with and without an
/// account.
fn login_delays() -> TableCreateStatement {
    Table::create()
        .table(name("login_delays"))
        .col(number(name("cell")).primary_key().take())
        // Grows when a right password takes failures out: of two states the later version counts.
        .col(number(name("version")))
        // When the last failure in it is forgotten: from that follows how many there are.
        .col(time(name("empty_at")))
        // Until when nothing is tried.
        .col(time(name("open_at")))
        .col(time(name("saved_at")))
        .to_owned()
}

async fn add(manager: &SchemaManager<'_>, table: &'static str, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(name(table)).add_column(column).to_owned()).await
}

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}
