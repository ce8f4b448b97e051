//! A stolen database opens nothing: no token, password or private key stands in it.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kindred::crypto::seal::MasterKeys;
use kindred::secret::Secret;
use macro_rules_attribute::apply;
use memchr::memmem;

use crate::support::backend::{Backend, Env, on_both_databases};
use crate::support::client::PASSWORD;
use crate::support::family::{NO_RACE, age};
use crate::support::postgres::Cluster;
use crate::support::process::Setup;
use crate::support::sql::{dump, sql, sqlite_file};

/// Everything the database keeps, its logs included.
fn files(env: &Env) -> Vec<PathBuf> {
    match env.backend() {
        Backend::Sqlite => ["", "-wal"].map(|end| PathBuf::from(format!("{}{end}", sqlite_file(env)))).into(),
        Backend::Postgres => {
            let database = sql(env, "SELECT oid FROM pg_database WHERE datname = current_database()");
            let data = Cluster::shared().folder().join("data");
            let folders = [data.join("base").join(database), data.join("pg_wal")];
            let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("its folder"));
            files.map(|file| file.expect("a file").path()).filter(|path| path.is_file()).collect()
        }
    }
}

/// The first of the needles that stands in the file.
fn found<'a>(file: &Path, needles: &'a [Vec<u8>]) -> Option<&'a [u8]> {
    let content = std::fs::read(file).unwrap_or_default();
    needles.iter().map(Vec::as_slice).find(|needle| memmem::find(&content, needle).is_some())
}

fn master_keys(setup: &Setup) -> MasterKeys {
    let (_, text) = setup
        .environment
        .iter()
        .find(|(key, _)| key == "KINDRED_SECRETS__MASTER_KEY")
        .expect("every test has one");
    let key = STANDARD.decode(text).expect("base64");
    MasterKeys::new(&Secret::new(key.try_into().expect("32 bytes")))
}

/// The raw bytes, and the ways in which they might be written.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    vec![secret.to_vec(), hex::encode(secret).into_bytes(), STANDARD.encode(secret).into_bytes()]
}

#[apply(on_both_databases)]
async fn no_secret_stands_in_the_database(env: Env) {
    let setup = env.setup(&[]);
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    let named = client.refresh(&user.refresh, Some("an-attempt-of-this-test")).await;
    let last = client.refresh(&named.refresh_token(), None).await;
    age(&env, &user.session_id, NO_RACE);
    client.refresh(&user.refresh, None).await.assert_problem(401, "refresh_token_reused");

    let mut secrets: Vec<Vec<u8>> = Vec::new();
    for token in [&user.refresh, &named.refresh_token(), &last.refresh_token()] {
        secrets.push(token.clone().into_bytes());
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&token[4..]).expect("base64url");
        secrets.extend(spellings(&bytes[33..])); // the tag alone is as good as the token
    }
    for token in [&user.access, &named.access(), &last.access()] {
        let signature = token.rsplit('.').next().expect("three parts");
        secrets.push(signature.as_bytes().to_vec());
    }
    secrets.push(PASSWORD.as_bytes().to_vec());
    secrets.push(b"an-attempt-of-this-test".to_vec());
    // The link of the first mail works still: the outbox has let go of it, and its row is a hash.
    let mailbox = node.mailbox();
    let link = mailbox.wait_for(&user.email, "verify_email").await.token();
    mailbox.settled(&env).await;
    secrets.extend(spellings(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&link).expect("base64url"),
    ));
    secrets.push(link.into_bytes());
    let keys = sql(&env, "SELECT kid, sealed FROM signing_keys");
    assert_eq!(keys.lines().count(), 2, "{keys}");
    for line in keys.lines() {
        let (kid, sealed) = line.split_once("|\\x").expect("two columns");
        let sealed = hex::decode(sealed).expect("hex");
        let opened = master_keys(&setup).open(&format!("signing_keys/{kid}"), &sealed).expect("our key");
        // The scalar of a P-256 key stands in the middle of its PKCS#8 form.
        secrets.extend(spellings(&opened[36..68]));
    }

    if env.backend() == Backend::Postgres {
        sql(&env, "CHECKPOINT");
    }
    let files = files(&env);
    let known = [user.email.clone().into_bytes()];
    assert!(files.iter().any(|file| found(file, &known).is_some()), "{files:?} are searched");
    let dump = dump(&env);
    assert!(dump.contains(&user.email), "the dump is one");
    for secret in &secrets {
        let shown = String::from_utf8_lossy(secret);
        assert!(!dump.contains(&*shown), "{shown} stands in the tables");
    }
    for file in &files {
        let secret = found(file, &secrets).map(String::from_utf8_lossy);
        assert_eq!(secret, None, "it stands in {file:?}");
    }
    assert!(!node.logs().contains(&user.refresh) && !node.logs().contains(PASSWORD));
}
