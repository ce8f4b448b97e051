//! What a start tells when it cannot reach the database: the reason, and where.

use std::fs;
use std::net::TcpListener;

use super::refusal::refusal;
use crate::support::backend::{Backend, Env};

const IMPATIENT: [(&str, &str); 1] = [("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "500ms")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reason_is_told_and_the_server_named() {
    let env = Env::new(Backend::Postgres).await;
    let url = env.database_url();
    let address = url.split(['@', '/']).find(|part| part.starts_with("127.")).expect("an address").to_owned();
    let (_, database) = url.rsplit_once('/').expect("a database in the URL");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    for (url, words) in [
        (url.replace(&address, &free.to_string()), format!("nothing listens at {free}")),
        (
            url.replace(database, "nothere"),
            format!("{address} refuses the connection: database \"nothere\" does not exist"),
        ),
        (
            url.replace("postgres@", "stranger:hidden@"),
            format!("{address} refuses the connection: role \"stranger\""),
        ),
        (format!("{url}?sslmode=require"), format!("{address}: no TLS")),
        (
            url.replace(&address, "no-such-host.invalid:5432"),
            "no-such-host.invalid:5432 cannot be reached".to_owned(),
        ),
    ] {
        let mut setup = env.setup(&IMPATIENT);
        setup.database_url = url;
        let message = refusal(&setup);
        assert!(message.contains(&words), "{words}: {message}");
        assert!(!message.contains("timed out") && !message.contains("hidden"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_accepts_and_is_silent_is_named() {
    let env = Env::new(Backend::Postgres).await;
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("bound");
    let mut setup = env.setup(&IMPATIENT);
    setup.database_url = format!("postgres://postgres@{address}/x");
    let message = refusal(&setup);
    assert!(message.contains(&format!("{address} does not answer within 500ms")), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_file_of_the_settings_is_named() {
    let env = Env::new(Backend::Sqlite).await;
    let relay = [
        ("KINDRED_MAIL__TRANSPORT", "smtp"),
        ("KINDRED_MAIL__FROM", "no-reply@id.example"),
        ("KINDRED_MAIL__SMTP_HOST", "localhost"),
    ];
    for (setting, further) in [
        ("KINDRED_MAIL__SMTP_CA_FILE", &relay[..]),
        ("KINDRED_TLS__CERT_FILE", &[("KINDRED_TLS__KEY_FILE", "key.pem")]),
        ("KINDRED_BREACHED__FILE", &[("KINDRED_BREACHED__MODE", "file")]),
        ("KINDRED_ANOMALIES__GEOIP_FILE", &[]),
    ] {
        let mut setup = env.setup(further);
        let absent = setup.data_dir.join("folder/absent").display().to_string();
        setup.environment.push((setting.to_owned(), absent.clone()));
        let message = refusal(&setup);
        assert!(message.contains(&absent), "{setting}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_a_database_is_named() {
    let env = Env::new(Backend::Sqlite).await;
    let mut setup = env.setup(&[]);
    let at = |name: &str| setup.data_dir.join(name).display().to_string();
    let (folder, file, missing) = (at("folder.db"), at("file"), at("missing.db"));
    let below = at("file/kindred.db");
    fs::create_dir(&folder).expect("a folder");
    fs::write(&file, "text").expect("a file");
    for (url, path, reason) in [
        (format!("sqlite://{folder}?mode=rwc"), &folder, "it is a folder"),
        (format!("sqlite://{file}?mode=rwc"), &file, "not a database"),
        (format!("sqlite://{below}?mode=rwc"), &file, "cannot create the folder of the database"),
        (format!("sqlite://{missing}"), &missing, "`?mode=rwc` in database.url creates it"),
    ] {
        setup.database_url = url;
        let message = refusal(&setup);
        assert!(message.contains(path.as_str()) && message.contains(reason), "{reason}: {message}");
    }
}
