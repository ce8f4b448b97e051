//! The database's schema, step by step, up and down.
//!
//! Times are integers: microseconds since the Unix epoch, UTC. Both databases then compare and index
//! them alike, and nothing depends on a session's time zone.

mod columns;
mod large_index;
mod m20261121_000001_users;
mod m20261121_000002_keys;
mod m20261121_000003_session_families;
mod m20261121_000004_security_events;
mod m20261121_000005_account_states;
mod m20261121_000006_outbox;
mod m20261121_000007_one_time_tokens;
mod m20261121_000008_personal_data;
mod m20261121_000009_login_states;
mod m20261121_000010_administration;
mod m20261121_000011_upkeep;
mod m20261121_000012_authenticators;
mod m20261126_000001_access_expiry;
mod m20261126_000010_signing_key_tags;
mod m20261126_000011_revoke_all;
mod m20261126_000020_stranger_counts;
mod m20261126_000021_ceremony_uses;
mod m20261126_000030_known_devices;
mod m20261126_000040_bound_links;
mod m20261126_000050_pending_registrations;
mod m20261126_000060_schema_versions;
mod m20261126_000070_admins;
mod m20261126_000080_health_probes;
mod m20261126_000090_external_ids;
mod m20261127_000010_session_transport;
mod m20261127_000020_cookie_generations;
mod m20261127_000040_captcha_uses;
mod m20261127_000300_acme;
mod m20261127_000310_applications;
mod m20261127_000360_time_zones;
mod m20261127_000510_canary_shares;
mod m20261127_000520_signing_key_rings;
mod m20261127_000530_root_key_lives;
mod m20261127_000540_secured_accounts;

pub use large_index::{LARGE_INDEXES, LargeIndex};
use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{IntoSchemaManagerConnection, MigratorTrait, SchemaManager, seaql_migrations};

/// The oldest version of the schema whose program works with the schema as the last migration leaves it. The version
/// is the number of migrations that a program knows. A migration that takes away or reinterprets what earlier programs
/// use raises this to its own version; `migration/README.md` explains how to avoid that.
pub const LEAST_COMPATIBLE: u32 = 21;

/// The version of the schema that this program makes.
pub fn schema_version() -> u32 {
    TryFrom::try_from(Migrator::migrations().len()).unwrap_or(u32::MAX)
}

/// All migrations in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_users::Migration),
            Box::new(m20261121_000002_keys::Migration),
            Box::new(m20261121_000003_session_families::Migration),
            Box::new(m20261121_000004_security_events::Migration),
            Box::new(m20261121_000005_account_states::Migration),
            Box::new(m20261121_000006_outbox::Migration),
            Box::new(m20261121_000007_one_time_tokens::Migration),
            Box::new(m20261121_000008_personal_data::Migration),
            Box::new(m20261121_000009_login_states::Migration),
            Box::new(m20261121_000010_administration::Migration),
            Box::new(m20261121_000011_upkeep::Migration),
            Box::new(m20261121_000012_authenticators::Migration),
            Box::new(m20261126_000001_access_expiry::Migration),
            Box::new(m20261126_000010_signing_key_tags::Migration),
            Box::new(m20261126_000011_revoke_all::Migration),
            Box::new(m20261126_000020_stranger_counts::Migration),
            Box::new(m20261126_000021_ceremony_uses::Migration),
            Box::new(m20261126_000030_known_devices::Migration),
            Box::new(m20261126_000040_bound_links::Migration),
            Box::new(m20261126_000050_pending_registrations::Migration),
            Box::new(m20261126_000060_schema_versions::Migration),
            Box::new(m20261126_000070_admins::Migration),
            Box::new(m20261126_000080_health_probes::Migration),
            Box::new(m20261126_000090_external_ids::Migration),
            Box::new(m20261127_000010_session_transport::Migration),
            Box::new(m20261127_000020_cookie_generations::Migration),
            Box::new(m20261127_000040_captcha_uses::Migration),
            Box::new(m20261127_000300_acme::Migration),
            Box::new(m20261127_000310_applications::Migration),
            Box::new(m20261127_000360_time_zones::Migration),
            Box::new(m20261127_000510_canary_shares::Migration),
            Box::new(m20261127_000520_signing_key_rings::Migration),
            Box::new(m20261127_000530_root_key_lives::Migration),
            Box::new(m20261127_000540_secured_accounts::Migration),
        ]
    }
}
