//! The database of every release is migrated forward, and what clients of that release hold still works.
//!
//! The dumps in `migration/releases/` were made by the binaries of their time (`scripts/release-dump`).

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use kindred::clock::Timestamp;
use macro_rules_attribute::apply;
use migration::{Migrator, MigratorTrait as _};
use reqwest::Method;
use serde_json::{Value, json};

use crate::faults::refusal::refusal;
use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::{Client, Reply};
use crate::support::in_process::{InProcess, StoppedClock};
use crate::support::reply::send;
use crate::support::repository;
use crate::support::sql::{load, sql};

const NEW_PASSWORD: &str = "orbit-lantern-Velvet-992";

/// One release, as it was kept for this database.
struct Release {
    name: String,
    dump: String,
    facts: Value,
}

fn releases(backend: Backend) -> Vec<Release> {
    let folders = fs::read_dir(repository().join("migration/releases")).expect("the releases").flatten();
    let mut releases: Vec<Release> = folders.map(|folder| release(folder.path(), backend)).collect();
    releases.sort_by(|one, other| one.name.cmp(&other.name));
    releases
}

fn release(folder: PathBuf, backend: Backend) -> Release {
    let (file, member) = match backend {
        Backend::Sqlite => ("sqlite.sql", "sqlite"),
        Backend::Postgres => ("postgres.sql", "postgres"),
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file of a release");
    let facts: Value = serde_json::from_str(&read("facts.json")).expect("JSON");
    Release {
        name: folder.file_name().expect("a name").to_string_lossy().into_owned(),
        dump: read(file),
        facts: facts[member].clone(),
    }
}

impl Release {
    fn fact(&self, pointer: &str) -> &str {
        self.facts.pointer(pointer).and_then(Value::as_str).expect(pointer)
    }

    /// Five minutes after the dump was made: what expires is still good then.
    fn soon_after(&self) -> Timestamp {
        let at = self.facts["at"].as_i64().expect("microseconds");
        Timestamp::from_micros(at).plus(Duration::from_secs(300))
    }
}

async fn refresh(client: &Client, token: &str) -> Reply {
    client.refresh(token, None).await
}

/// What the clients of the release do next.
async fn clients_go_on(client: &Client, release: &Release) {
    let rotated = refresh(client, release.fact("/ada/refresh_token")).await;
    rotated.assert_status(200);
    let again = refresh(client, &rotated.text("/refresh_token")).await;
    again.assert_status(200);
    refresh(client, release.fact("/ada/spent_refresh_token"))
        .await
        .assert_problem(401, "refresh_token_reused");
    refresh(client, &again.text("/refresh_token")).await.assert_problem(401, "session_revoked");
    refresh(client, release.fact("/bob/revoked_refresh_token")).await.assert_problem(401, "session_revoked");

    let first = client.login(release.fact("/ada/email"), release.fact("/password")).await;
    let code = json!({
        "challenge_token": first.text("/challenge_token"),
        "method": "backup_code",
        "code": release.fact("/ada/backup_code"),
    });
    client.post("/api/v1/auth/mfa/verify", code).await.assert_status(200);

    refresh(client, release.fact("/bob/refresh_token")).await.assert_status(200);
    application_goes_on(client, release).await;
    let reset = json!({"token": release.fact("/bob/reset_token"), "new_password": NEW_PASSWORD});
    client.post("/api/v1/auth/password/reset", reset).await.assert_status(200);
    client.login(release.fact("/bob/email"), NEW_PASSWORD).await.assert_status(200);
}

/// The first release had no applications.
async fn application_goes_on(client: &Client, release: &Release) {
    let Some(credentials) = release.facts.pointer("/application").and_then(Value::as_str) else {
        assert_eq!(release.name, "0.1.0", "the facts of a release name its application");
        return;
    };
    let refresh = |credentials: &str| {
        let request = client.request(Method::POST, "/api/v1/auth/refresh");
        let body = json!({"refresh_token": release.fact("/bob/application_refresh_token")});
        send(request.header("Kindred-Application", credentials).json(&body))
    };
    refresh(&format!("{credentials}0")).await.assert_problem(401, "invalid_credentials");
    refresh(credentials).await.assert_status(200);
}

/// The last folder is that of the next release, and is made again with every migration until then.
#[test]
fn the_next_release_is_kept_with_the_present_schema() {
    let newest = Migrator::migrations().pop().expect("a migration").name().to_owned();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let next = releases(backend).pop().expect("a release");
        let is_complete = next.dump.contains(&newest);
        assert!(is_complete, "{newest} is missing: make it again with scripts/release-dump {}", next.name);
    }
}

#[apply(on_both_databases)]
async fn the_database_of_every_release_is_read(env: Env) {
    let releases = releases(env.backend());
    assert!(releases.iter().any(|release| release.name == "0.1.0"), "the first release is kept");
    for release in releases {
        let env = Env::with_master_key(env.backend(), release.fact("/master_key")).await;
        load(&env, &release.dump);
        let clock = StoppedClock::new();
        clock.set(release.soon_after());
        let server = InProcess::start(&env, clock, &[]).await;
        clients_go_on(&server.client, &release).await;
        server.stop().await;
    }
}

#[apply(on_both_databases)]
async fn a_newer_schema_is_used_if_it_is_compatible(env: Env) {
    let mut node = env.node(&[]).await;
    node.terminate();
    let version: u32 = sql(&env, "SELECT version FROM schema_versions").parse().expect("a number");
    newer_migration(&env);
    sql(&env, &format!("UPDATE schema_versions SET version = {}", version + 1));
    let mut node = env.node(&[]).await;
    node.client().signed_in().await;
    node.terminate();
    assert_eq!(
        sql(&env, "SELECT version FROM schema_versions"),
        (version + 1).to_string(),
        "it is not set back"
    );

    sql(&env, &format!("UPDATE schema_versions SET least_compatible = {}", version + 1));
    let message = refusal(&env.setup(&[]));
    assert!(message.contains("newer version of Kindred"), "{message}");
    assert!(message.contains(&format!("at least {}", version + 1)), "{message}");
}

/// What a later version leaves behind when it has migrated.
fn newer_migration(env: &Env) {
    sql(env, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_later', 0)");
    sql(env, "CREATE TABLE of_a_later_version (id BIGINT PRIMARY KEY)");
}
