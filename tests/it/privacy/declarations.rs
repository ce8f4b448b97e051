//! What is declared of personal data, held against the migrated schema of both databases.
//!
//! A new table, a new id of a user or a new sealed column has to be declared, or to be named here as what it is not.

use std::collections::BTreeSet;

use kindred::model::factor::Factor;
use kindred::model::sealed_row::SealedTable;
use kindred::store::privacy::personal_data::{PersonalTable, personal_tables};
use macro_rules_attribute::apply;

use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::sql::{sql, tables};

/// Tables with nothing about people.
const ABOUT_NO_ONE: [&str; 16] = [
    "acme_records",
    "applications",
    "attempt_stand_ins",
    "canary_shares",
    "cookie_generations",
    "data_keys",
    "federated_sessions",
    "health_probes",
    "job_runs",
    "leases",
    "login_delays",
    "revocations",
    "root_keys",
    "schema_versions",
    "seaql_migrations",
    "signing_keys",
];

/// Ids of something else than a user.
const OTHER_IDS: [&str; 33] = [
    "applications.id",
    "backup_codes.id",
    "captcha_uses.id",
    "consents.id",
    "device_attempts.device_id",
    "federated_sessions.family_id",
    "federated_sessions.identity_id",
    "federation_uses.id",
    "identities.id",
    "invitations.id",
    "login_challenges.id",
    "login_challenges.identity_id",
    "one_time_tokens.id",
    "one_time_tokens.invitation_id",
    "one_time_tokens.session_id",
    "outbox.id",
    "passkeys.aaguid",
    "passkeys.id",
    "pending_registrations.id",
    "revocations.family_id",
    "security_events.id",
    "security_events.session_id",
    "session_families.current_jti",
    "session_families.id",
    "session_families.known_device_id",
    "session_families.replayed_jti",
    "sms_codes.flow_id",
    "sms_codes.session_id",
    "sms_sends.id",
    "trusted_devices.id",
    "webauthn_ceremonies.flow_id",
    "webauthn_ceremonies.id",
    "webauthn_ceremony_uses.id",
];

/// Bytes that are not sealed: hashes, tags and identifiers.
const OTHER_BYTES: [&str; 18] = [
    "applications.secret_hash",
    "avatars.digest",
    "data_keys.wrapped",
    "federated_sessions.sid_hash",
    "login_challenges.sid_hash",
    "login_challenges.token_hash",
    "one_time_tokens.token_hash",
    "passkeys.credential_id",
    "pending_registrations.link_hash",
    "pending_registrations.secret_hash",
    "root_keys.mac",
    "session_families.device_hash",
    "session_families.rotation_key_hash",
    "session_families.salt",
    "signing_keys.mac",
    "sms_sends.network_hash",
    "sms_sends.phone_hash",
    "trusted_devices.secret_hash",
];

/// Names, in their order and without repetition.
fn names<T: ToString>(names: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}

/// `table.column` of each column whose type, in lower case, begins like this.
fn columns(env: &Env, [in_sqlite, in_postgres]: [&str; 2]) -> BTreeSet<String> {
    let (columns, of_type) = match env.backend() {
        Backend::Sqlite => (
            "SELECT m.name, c.name, lower(c.type) FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'",
            in_sqlite,
        ),
        Backend::Postgres => (
            "SELECT table_name, column_name, data_type FROM information_schema.columns \
             WHERE table_schema = 'public'",
            in_postgres,
        ),
    };
    let found = sql(env, columns);
    let columns = found.lines().filter_map(|line| {
        let [table, column, kind] = *line.split('|').collect::<Vec<_>>() else { panic!("{line}") };
        kind.starts_with(of_type).then(|| format!("{table}.{column}"))
    });
    names(columns)
}

/// `table.column rule` of each foreign key to the users.
fn keys_to_users(env: &Env) -> BTreeSet<String> {
    let keys = match env.backend() {
        Backend::Sqlite => {
            "SELECT m.name || '.' || k.\"from\" || ' ' || k.on_delete \
             FROM sqlite_master m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table' AND k.\"table\" = 'users'"
        }
        Backend::Postgres => {
            "SELECT c.conrelid::regclass || '.' || a.attname || ' ' || \
                CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE c.confdeltype::text END \
             FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
             WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass"
        }
    };
    names(sql(env, keys).lines())
}

/// `table.column` of what each declaration names.
fn declared<'a>(columns: impl Fn(&PersonalTable) -> Vec<&'a str>) -> BTreeSet<String> {
    names(personal_tables().flat_map(|table| {
        let of_table = |column| format!("{}.{column}", table.table);
        columns(&table).into_iter().map(of_table).collect::<Vec<_>>()
    }))
}

#[apply(on_both_databases)]
async fn every_table_is_declared_or_about_no_one(env: Env) {
    let _node = env.node(&[]).await;
    let known = personal_tables().map(|table| table.table).chain(ABOUT_NO_ONE);
    assert_eq!(names(tables(&env)), names(known));
}

#[apply(on_both_databases)]
async fn every_id_of_a_user_is_declared(env: Env) {
    let _node = env.node(&[]).await;
    let known = declared(|table| table.user_ids.clone()).into_iter().chain(names(OTHER_IDS));
    assert_eq!(columns(&env, ["uuid", "uuid"]), known.collect());
}

#[apply(on_both_databases)]
async fn every_address_is_declared(env: Env) {
    let _node = env.node(&[]).await;
    let found = columns(&env, ["", ""]).into_iter().filter(|column| column.ends_with("email"));
    assert_eq!(found.collect::<BTreeSet<_>>(), declared(|table| table.address.into_iter().collect()));
}

/// What an erasure leaves to the foreign keys is what they do.
#[apply(on_both_databases)]
async fn foreign_keys_erase_what_is_left_to_them(env: Env) {
    let _node = env.node(&[]).await;
    let left = personal_tables().filter_map(|table| {
        let rule = table.on_delete?;
        Some(format!("{}.{} {rule}", table.table, table.user_ids.first().expect("the user's id")))
    });
    assert_eq!(keys_to_users(&env), names(left));
}

#[apply(on_both_databases)]
async fn every_sealed_column_is_known(env: Env) {
    let _node = env.node(&[]).await;
    let sealed = SealedTable::ALL.map(|sealed| format!("{}.{}", sealed.table(), sealed.column()));
    let known = names(sealed).into_iter().chain(names(OTHER_BYTES));
    assert_eq!(columns(&env, ["blob", "bytea"]), known.collect());
}
#[test]
fn sealed_columns_are_keys_or_declared() {
    let keys = [SealedTable::RootKeys, SealedTable::SigningKeys, SealedTable::AcmeRecords];
    let known: Vec<SealedTable> =
        keys.into_iter().chain(personal_tables().flat_map(|table| table.sealed.to_vec())).collect();
    for sealed in SealedTable::ALL {
        assert_eq!(known.iter().filter(|other| **other == sealed).count(), 1, "{sealed:?}");
    }
    for table in personal_tables() {
        assert!(table.sealed.iter().all(|sealed| sealed.table() == table.table), "{table:?}");
    }
}

#[test]
fn names_are_not_used_twice() {
    let categories: Vec<&str> = personal_tables().map(|table| table.category).collect();
    assert_eq!(names(&categories).len(), categories.len(), "{categories:?}");
    let jobs: Vec<&str> = personal_tables().flat_map(|table| table.purges).map(|purge| purge.job).collect();
    assert_eq!(names(&jobs).len(), jobs.len(), "{jobs:?}");
    let mut members: Vec<&str> =
        personal_tables().flat_map(|table| table.sections.clone()).map(|section| section.member).collect();
    // Sections of one member follow each other.
    members.dedup();
    assert_eq!(names(&members).len(), members.len(), "{members:?}");
}

/// What is deleted by these jobs was begun and never confirmed, and is counted so.
#[test]
fn enrollments_are_purged_by_jobs_of_their_own() {
    let purges = personal_tables().flat_map(|table| table.purges);
    let counted: Vec<_> = purges.filter_map(|purge| Some((purge.job, purge.abandoned()?))).collect();
    assert_eq!(counted, [("purge_totp_enrollments", Factor::Totp), ("purge_sms_enrollments", Factor::Sms)]);
}

/// Rows about a person are exported, and nothing else is.
#[test]
fn what_is_about_a_person_is_exported() {
    for table in personal_tables() {
        let is_about_a_person = !table.user_ids.is_empty() || table.address.is_some();
        assert_eq!(!table.sections.is_empty(), is_about_a_person, "{table:?}");
    }
}
