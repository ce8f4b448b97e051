//! Findings that are rare: something was damaged, replaced by something newer, or is about to end.

use kindred::clock::{Clock, SystemClock};

use super::{assert_found, doctor, finding};
use crate::edge::program::free_port;
use crate::support::backend::{Backend, Env};
use crate::support::faketime;
use crate::support::sql::sql;
use crate::tls::common::{Files, pairs};

const DAY: i64 = 86_400;

#[tokio::test]
async fn keys_that_were_damaged_or_replaced_are_told() {
    let env = Env::new(Backend::Sqlite).await;
    env.node(&[]).await.terminate();
    let setup = env.setup(&[]);
    for (table, change, words) in [
        ("root_keys", "sealed = x'00'", "a key in the database is damaged"),
        ("root_keys", "state = 'retired'", "was not written by this service"),
        ("signing_keys", "sealed = x'0102'", "a key in the database is damaged"),
        ("signing_keys", "public_jwk = '{'", "was not written by this service"),
    ] {
        sql(&env, &format!("CREATE TABLE kept AS SELECT * FROM {table}"));
        sql(&env, &format!("UPDATE {table} SET {change}"));
        assert_found(&doctor(&setup, &["--offline"]), "keys", "failed", words);
        sql(&env, &format!("DELETE FROM {table}"));
        sql(&env, &format!("INSERT INTO {table} SELECT * FROM kept"));
        sql(&env, "DROP TABLE kept");
    }
    assert_found(&doctor(&setup, &["--offline"]), "keys", "ok", "signs and verifies");
}

#[tokio::test]
async fn what_is_left_for_the_first_start_is_no_failure() {
    let env = Env::new(Backend::Sqlite).await;
    let mut setup = env.setup(&[]);
    assert_found(&doctor(&setup, &["--offline"]), "keys", "ok", "the database has no keys yet");
    setup.environment.retain(|(key, _)| key != "KINDRED_SECRETS__MASTER_KEY");
    assert_found(&doctor(&setup, &["--offline"]), "keys", "ok", "there is no master key yet");
}

#[tokio::test]
async fn a_database_that_cannot_be_written_or_is_too_new_is_told() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    sql(
        &env,
        "CREATE TRIGGER full_disk BEFORE INSERT ON health_probes BEGIN SELECT RAISE(ABORT, 'no room'); END",
    );
    let output = doctor(&setup, &["--offline"]);
    assert_found(&output, "database", "failed", "SQLite cannot be written");
    assert_found(&output, "database", "failed", "no room");
    sql(&env, "DROP TRIGGER full_disk");
    assert_found(&doctor(&setup, &["--offline"]), "database", "ok", "up to date");

    sql(&env, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_later', 0)");
    sql(&env, "UPDATE schema_versions SET version = version + 1, least_compatible = version + 1");
    assert_found(&doctor(&setup, &["--offline"]), "database", "failed", "made by a newer version");
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_told_before_it_has_ended() {
    let env = Env::new(Backend::Sqlite).await;
    let now = SystemClock.now().unix_seconds();
    let mut files = Files::new();
    let end = files.end_in_2099();
    let settings = files.settings();
    let mut given = pairs(&settings);
    given.push(("KINDRED_SERVER__PUBLIC_URL", "https://localhost:8443/"));
    let setup = env.setup(&given);
    for (days_left, status, words) in [
        (15, "ok", "valid until 2099"),
        (13, "warning", "expires at 2099"),
        (-1, "failed", "expired at 2099"),
    ] {
        let mut later = setup.clone();
        later.environment.extend(faketime::off_by(end - days_left * DAY - now));
        assert_found(&doctor(&later, &["--offline"]), "certificate", status, words);
    }
    // Nothing is ordered by looking: no one listens there.
    let ordered = env.setup(&[
        ("KINDRED_SERVER__PUBLIC_URL", "https://localhost:8443/"),
        ("KINDRED_TLS__ACME_DIRECTORY", "https://127.0.0.1:1/directory"),
        ("KINDRED_TLS__ACME_TERMS_AGREED", "true"),
    ]);
    let nothing_yet = "no certificate has been obtained yet";
    assert_found(&doctor(&ordered, &["--offline"]), "certificate", "failed", nothing_yet);
    let own = env.setup(&[("KINDRED_TLS__SELF_SIGNED", "true")]);
    assert_found(&doctor(&own, &["--offline"]), "certificate", "ok", "self-signed");
}

#[tokio::test]
async fn a_disk_that_fills_is_told_before_it_is_full() {
    let env = Env::new(Backend::Sqlite).await;
    let setup = env.setup(&[]);
    let message = finding(&doctor(&setup, &["--offline", "--min-free", "1"]), "disk")["message"].to_string();
    let free: u64 =
        message.trim_matches('"').split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
    // Other tests write there meanwhile: neither half of it nor twice as much decides.
    let wanted = (3 * free).to_string();
    assert_found(&doctor(&setup, &["--offline", "--min-free", &wanted]), "disk", "warning", "MiB free");
}

#[tokio::test]
async fn production_is_judged_more_strictly() {
    let env = Env::new(Backend::Sqlite).await;
    let url = format!("https://localhost:{}/", free_port());
    let setup = env.setup(&[
        ("KINDRED_PROFILE", "production"),
        ("KINDRED_SERVER__PUBLIC_URL", url.as_str()),
        ("KINDRED_PASSWORD__MEMORY_KIB", "19456"),
        ("KINDRED_PASSWORD__ITERATIONS", "2"),
        ("KINDRED_MAIL__TRANSPORT", "log"),
    ]);
    let output = doctor(&setup, &[]);
    assert_found(&output, "smtp", "warning", "no mail is delivered");
    assert_found(&output, "public_url", "failed", "cannot be reached");
}
