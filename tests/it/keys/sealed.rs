//! Sealed values as they stand in the database, opened and put there past the server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kindred::clock::{Clock, SystemClock};
use kindred::crypto::seal::MasterKeys;
use kindred::entropy::OsEntropy;
use kindred::model::sealed_row::{SealedRow, SealedTable};
use kindred::secret::Secret;
use serde_json::Value;
use uuid::Uuid;

use crate::http::cli::{run, stderr};
use crate::support::backend::Env;
use crate::support::process::Setup;
use crate::support::sql::{bytes_literal, id_literal, sql};

pub const ACTIVE: &str = "KINDRED_SECRETS__MASTER_KEY";
pub const PREVIOUS: &str = "KINDRED_SECRETS__PREVIOUS_MASTER_KEYS";
/// Another key than the environment's own.
pub const NEW: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQAAECAwQFBgc=";

/// The key that the environment's nodes have unless they are given another one.
pub fn own_key(env: &Env) -> String {
    let (name, key) = env.setup(&[]).environment.remove(0);
    assert_eq!(name, ACTIVE);
    key
}

/// The ring of these keys, in base64.
pub fn ring(active: &str, previous: &[&str]) -> MasterKeys {
    let key = |text: &str| {
        let key = STANDARD.decode(text).expect("base64");
        Secret::new(key.try_into().expect("32 bytes"))
    };
    let previous: Vec<_> = previous.iter().map(|text| key(text)).collect();
    MasterKeys::new(&key(active)).with_previous(&previous).expect("different keys")
}

/// All sealed values, table by table.
pub fn all_sealed(env: &Env) -> Vec<(SealedRow, Vec<u8>)> {
    SealedTable::ALL.into_iter().flat_map(|table| sealed_in(env, table)).collect()
}

pub fn sealed_in(env: &Env, table: SealedTable) -> Vec<(SealedRow, Vec<u8>)> {
    let (key, (name, column)) = (primary_key(table), place(table));
    let found =
        sql(env, &format!("SELECT {key}, {column} FROM {name} WHERE {column} IS NOT NULL ORDER BY 1"));
    let read = |line: &str| {
        let (key, sealed) = line.split_once('|').expect("two columns");
        let sealed = hex::decode(sealed.trim_start_matches("\\x")).expect("hex");
        (row(table, key), sealed)
    };
    found.lines().map(read).collect()
}

/// Table and column.
fn place(table: SealedTable) -> (&'static str, &'static str) {
    match table {
        SealedTable::SmsCodeNumbers => ("sms_codes", "number_sealed"),
        table => (table.as_str(), "sealed"),
    }
}

fn primary_key(table: SealedTable) -> &'static str {
    match table {
        SealedTable::SigningKeys => "kid",
        SealedTable::AcmeRecords => "name",
        SealedTable::TotpAuthenticators | SealedTable::SmsAuthenticators => "user_id",
        SealedTable::SmsCodes | SealedTable::SmsCodeNumbers => "flow_id",
        SealedTable::RootKeys | SealedTable::WebauthnCeremonies | SealedTable::Outbox => "id",
    }
}

fn row(table: SealedTable, key: &str) -> SealedRow {
    let id = || Uuid::parse_str(key.trim_start_matches("\\x")).expect("a UUID");
    match table {
        SealedTable::RootKeys => SealedRow::RootKey(key.parse().expect("a number")),
        SealedTable::SigningKeys => SealedRow::SigningKey(key.to_owned()),
        SealedTable::TotpAuthenticators => SealedRow::TotpAuthenticator(id()),
        SealedTable::SmsAuthenticators => SealedRow::SmsAuthenticator(id()),
        SealedTable::SmsCodes => SealedRow::SmsCode(id()),
        SealedTable::SmsCodeNumbers => SealedRow::SmsCodeNumber(id()),
        SealedTable::WebauthnCeremonies => SealedRow::WebauthnCeremony(id()),
        SealedTable::Outbox => SealedRow::Message(id()),
        SealedTable::AcmeRecords => SealedRow::AcmeRecord(key.to_owned()),
    }
}

/// Writes a row whose value is its own name, sealed under the active key of the ring. Of an authenticator
/// the user must be there.
pub fn plant(env: &Env, ring: &MasterKeys, row: &SealedRow) {
    let name = row.to_string();
    let sealed = ring.seal(&OsEntropy, &name, name.as_bytes()).expect("sealed");
    plant_sealed(env, row, &sealed);
}

/// [`plant`] with a value that is given.
pub fn plant_sealed(env: &Env, row: &SealedRow, sealed: &[u8]) {
    let (sealed, now) = (bytes_literal(env, &hex::encode(sealed)), SystemClock.now().as_micros());
    let later = now + 86_400_000_000;
    let statement = match row {
        SealedRow::TotpAuthenticator(id) => format!(
            "INSERT INTO totp_authenticators (user_id, sealed, last_step, created_at) \
             VALUES ({}, {sealed}, 0, {now})",
            id_literal(env, *id)
        ),
        SealedRow::SmsAuthenticator(id) => format!(
            "INSERT INTO sms_authenticators (user_id, sealed, created_at) VALUES ({}, {sealed}, {now})",
            id_literal(env, *id)
        ),
        SealedRow::SmsCode(id) => format!(
            "INSERT INTO sms_codes (flow_id, user_id, purpose, sealed, tries, created_at, expires_at) \
             SELECT {}, id, 'enrollment', {sealed}, 0, {now}, {later} FROM users",
            id_literal(env, *id)
        ),
        // Its code must be there.
        SealedRow::SmsCodeNumber(id) => {
            format!("UPDATE sms_codes SET number_sealed = {sealed} WHERE flow_id = {}", id_literal(env, *id))
        }
        SealedRow::WebauthnCeremony(id) => format!(
            "INSERT INTO webauthn_ceremonies (id, kind, sealed, created_at, expires_at) \
             VALUES ({}, 'login', {sealed}, {now}, {later})",
            id_literal(env, *id)
        ),
        // Given up, so that no worker touches it.
        SealedRow::Message(id) => format!(
            "INSERT INTO outbox (id, channel, template, sealed, state, attempts, created_at, \
             next_attempt_at, finished_at) \
             VALUES ({}, 'mail', 'new_device', {sealed}, 'dead', 1, {now}, {now}, {now})",
            id_literal(env, *id)
        ),
        SealedRow::AcmeRecord(name) => {
            format!("INSERT INTO acme_records (name, sealed, updated_at) VALUES ('{name}', {sealed}, {now})")
        }
        SealedRow::RootKey(_) | SealedRow::SigningKey(_) => panic!("the server makes its keys itself"),
    };
    sql(env, &statement);
}

/// The one user's id.
pub fn user_id(env: &Env, email: &str) -> Uuid {
    let id = sql(env, &format!("SELECT id FROM users WHERE email = '{email}'"));
    Uuid::parse_str(id.trim_start_matches("\\x")).expect("a UUID")
}

/// A row of each table that the server does not fill at a login.
pub fn planted_rows(env: &Env, email: &str) -> Vec<SealedRow> {
    let user = user_id(env, email);
    let mut rows = vec![SealedRow::TotpAuthenticator(user), SealedRow::SmsAuthenticator(user)];
    rows.extend([SealedRow::SmsCode(user), SealedRow::SmsCodeNumber(user)]);
    rows.extend((1..=3).map(|number| SealedRow::WebauthnCeremony(Uuid::from_u128(number))));
    rows.extend((1..=3).map(|number| SealedRow::Message(Uuid::from_u128(number))));
    rows.push(SealedRow::AcmeRecord("account".to_owned()));
    rows
}

/// What planted values say must be what they were planted with.
pub fn assert_planted(env: &Env, ring: &MasterKeys, rows: &[SealedRow]) {
    let all = all_sealed(env);
    for row in rows {
        let (_, sealed) = all.iter().find(|(found, _)| found == row).expect("it is there still");
        let opened = ring.open(&row.to_string(), sealed).unwrap_or_else(|error| panic!("{row}: {error}"));
        assert_eq!(opened.as_slice(), row.to_string().as_bytes());
    }
}

/// `kindred keys reseal --json`: exit status, report, and what it said besides.
pub fn reseal(setup: &Setup) -> (i32, Value, String) {
    let output = run(setup, &["keys", "reseal", "--json"]);
    let told = stderr(&output);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    (output.status.code().expect("it ended by itself"), report, told)
}

/// How many values of a table it sealed again.
pub fn resealed(report: &Value, table: SealedTable) -> u64 {
    let tables = report["tables"].as_array().expect("a list");
    let found = tables.iter().find(|found| found["table"] == table.as_str()).expect("every table");
    found["resealed"].as_u64().expect("a number")
}
