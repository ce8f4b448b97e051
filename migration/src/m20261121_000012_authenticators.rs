//! Second factors: the authenticators of an account, the attempts at them, logins that wait for one, and
//! devices that need none.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, bytes_null, id, number, text, text_null, time, time_null};
use crate::m20261121_000001_users::{Users, goes_with_user};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [time_null(Alias::new("mfa_enrolled_at")), time_null(Alias::new("mfa_reset_until"))]
        {
            let alter = Table::alter().table(Users::Table).add_column(&mut column).to_owned();
            manager.alter_table(alter).await?;
        }
        for table in [
            totp_authenticators(),
            backup_codes(),
            sms_authenticators(),
            sms_codes(),
            sms_sends(),
            passkeys(),
            webauthn_ceremonies(),
            factor_attempts(),
            login_challenges(),
            trusted_devices(),
        ] {
            manager.create_table(table).await?;
        }
        for sql in [
            "CREATE INDEX backup_codes_by_user ON backup_codes (user_id)",
            "CREATE INDEX sms_codes_by_user ON sms_codes (user_id)",
            "CREATE INDEX sms_codes_by_expiry ON sms_codes (expires_at)",
            "CREATE INDEX sms_sends_by_user ON sms_sends (user_id, created_at)",
            "CREATE INDEX sms_sends_by_number ON sms_sends (phone_hash, created_at)",
            "CREATE INDEX sms_sends_by_network ON sms_sends (network_hash, created_at)",
            "CREATE INDEX sms_sends_by_time ON sms_sends (created_at)",
            "CREATE INDEX passkeys_by_user ON passkeys (user_id)",
            "CREATE INDEX webauthn_ceremonies_by_user ON webauthn_ceremonies (user_id)",
            "CREATE INDEX webauthn_ceremonies_by_expiry ON webauthn_ceremonies (expires_at)",
            "CREATE INDEX webauthn_ceremonies_by_kind ON webauthn_ceremonies (kind, expires_at)",
            "CREATE UNIQUE INDEX webauthn_ceremonies_by_flow ON webauthn_ceremonies (flow_id, kind)",
            "CREATE INDEX login_challenges_by_user ON login_challenges (user_id)",
            "CREATE INDEX login_challenges_by_expiry ON login_challenges (expires_at)",
            "CREATE INDEX trusted_devices_by_user ON trusted_devices (user_id)",
            "CREATE INDEX trusted_devices_by_expiry ON trusted_devices (expires_at)",
            "CREATE INDEX users_by_enrollment ON users (mfa_enrolled_at)",
        ] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX users_by_enrollment").await?;
        for table in [
            "trusted_devices",
            "login_challenges",
            "factor_attempts",
            "webauthn_ceremonies",
            "passkeys",
            "sms_sends",
            "sms_codes",
            "sms_authenticators",
            "backup_codes",
            "totp_authenticators",
        ] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        for column in ["mfa_reset_until", "mfa_enrolled_at"] {
            let alter = Table::alter().table(Users::Table).drop_column(Alias::new(column)).to_owned();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

/// A table whose rows go with their user.
fn owned(name: &'static str, key: ColumnDef, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create().table(Alias::new(name)).col(key).to_owned();
    for column in columns {
        table.col(column);
    }
    table.foreign_key(&mut goes_with_user(Alias::new(name), Alias::new("user_id"))).to_owned()
}

fn user_id() -> ColumnDef {
    ColumnDef::new(Alias::new("user_id")).uuid().not_null().take()
}

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

/// One for each account; it counts from `confirmed_at` on.
fn totp_authenticators() -> TableCreateStatement {
    owned(
        "totp_authenticators",
        id(name("user_id")),
        vec![
            bytes(name("sealed")),
            // The last time step that was accepted: none before it, and not itself, is accepted again.
            number(name("last_step")),
            time(name("created_at")),
            time_null(name("confirmed_at")),
            time_null(name("last_used_at")),
        ],
    )
}

/// A set shares its salt, so that looking for a code takes one hash, whatever the set is like.
fn backup_codes() -> TableCreateStatement {
    owned(
        "backup_codes",
        id(name("id")),
        vec![user_id(), text(name("hash")), time(name("created_at")), time_null(name("used_at"))],
    )
}

/// One for each account. Until a number is confirmed it stands with its code.
fn sms_authenticators() -> TableCreateStatement {
    owned(
        "sms_authenticators",
        id(name("user_id")),
        vec![
            bytes(name("sealed")),
            time(name("created_at")),
            time_null(name("confirmed_at")),
            time_null(name("last_used_at")),
        ],
    )
}

/// One for each flow: a new code takes the place of the old.
fn sms_codes() -> TableCreateStatement {
    owned(
        "sms_codes",
        id(name("flow_id")),
        vec![
            user_id(),
            text(name("purpose")),
            // Not hashed: of a million codes the right one is soon found.
            bytes(name("sealed")),
            // The number that the code confirms, if it is for that.
            bytes_null(name("number_sealed")),
            number(name("tries")),
            time(name("created_at")),
            time(name("expires_at")),
            time_null(name("used_at")),
        ],
    )
}

/// What the limits of sending count. It outlives the user for its day, or a user who erases accounts would have no
/// limits; who it was, and where, is then known to no one: both hashes are keyed.
fn sms_sends() -> TableCreateStatement {
    Table::create()
        .table(name("sms_sends"))
        .col(id(name("id")))
        .col(ColumnDef::new(name("user_id")).uuid().null())
        .col(bytes(name("phone_hash")))
        .col(bytes_null(name("network_hash")))
        .col(time(name("created_at")))
        .foreign_key(
            ForeignKey::create()
                .from(name("sms_sends"), name("user_id"))
                .to(Users::Table, Users::Id)
                .on_delete(ForeignKeyAction::SetNull),
        )
        .to_owned()
}

fn passkeys() -> TableCreateStatement {
    owned(
        "passkeys",
        id(name("id")),
        vec![
            user_id(),
            ColumnDef::new(name("credential_id")).blob().not_null().unique_key().take(),
            text(name("name")),
            // Public key, counter and flags, as JSON.
            text(name("credential")),
            // The model of the authenticator, as far as it tells.
            ColumnDef::new(name("aaguid")).uuid().null().take(),
            ColumnDef::new(name("backup_eligible")).boolean().not_null().take(),
            ColumnDef::new(name("backed_up")).boolean().not_null().take(),
            time(name("created_at")),
            time_null(name("last_used_at")),
        ],
    )
}

/// A ceremony that was begun, on whichever node. Of a kind, a flow has one: a new one takes its place.
fn webauthn_ceremonies() -> TableCreateStatement {
    owned(
        "webauthn_ceremonies",
        id(name("id")),
        vec![
            text(name("kind")),
            // Absent where the credential is to tell who it is.
            ColumnDef::new(name("user_id")).uuid().null().take(),
            // The challenge or session that it belongs to.
            ColumnDef::new(name("flow_id")).uuid().null().take(),
            bytes(name("sealed")),
            time(name("created_at")),
            time(name("expires_at")),
            time_null(name("used_at")),
        ],
    )
}

/// What was tried at an account's factor, whichever flow it was in.
fn factor_attempts() -> TableCreateStatement {
    Table::create()
        .table(name("factor_attempts"))
        .col(user_id())
        .col(text(name("factor")))
        // Wrong ones since the last right one: too many disable the factor.
        .col(number(name("consecutive")))
        // Those of them since the last lock: a few lock it for a while.
        .col(number(name("recent")))
        // Locks in a row: each is twice as long as the one before.
        .col(number(name("locks")))
        .col(time_null(name("locked_until")))
        .col(time(name("last_tried_at")))
        .primary_key(Index::create().col(name("user_id")).col(name("factor")))
        .foreign_key(
            ForeignKey::create()
                .from(name("factor_attempts"), name("user_id"))
                .to(Users::Table, Users::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

/// A right password that waits for its second factor.
fn login_challenges() -> TableCreateStatement {
    owned(
        "login_challenges",
        id(name("id")),
        vec![
            user_id(),
            ColumnDef::new(name("token_hash")).blob().not_null().unique_key().take(),
            number(name("credential_epoch")),
            text(name("amr")),
            text_null(name("device_name")),
            number(name("tries")),
            time(name("created_at")),
            time(name("expires_at")),
            time_null(name("used_at")),
            time_null(name("voided_at")),
        ],
    )
}

fn trusted_devices() -> TableCreateStatement {
    owned(
        "trusted_devices",
        id(name("id")),
        vec![
            user_id(),
            ColumnDef::new(name("secret_hash")).blob().not_null().unique_key().take(),
            text_null(name("name")),
            text_null(name("browser")),
            text_null(name("os")),
            text(name("device_type")),
            text_null(name("last_ip_cidr")),
            // Wrong passwords from it: it is told apart from strangers.
            number(name("failures")),
            time(name("created_at")),
            time(name("last_used_at")),
            time(name("expires_at")),
        ],
    )
}
