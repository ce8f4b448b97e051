//! A PostgreSQL that speaks TLS: the right one is used, and no other is told anything (TL-02).

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use super::refusal::refusal;
use crate::support::backend::{Backend, Env};
use crate::support::eventually::wait_until;
use crate::support::postgres::{Cluster, psql};
use crate::support::process::{Node, Setup};
use crate::tls::common::Files;

/// Lets the cluster show this certificate from now on.
fn show(cluster: &Cluster, files: &Files) {
    let data = cluster.folder().join("data");
    let owner = fs::metadata(&data).expect("a folder");
    for (from, name) in [(files.cert_file(), "server.crt"), (files.key_file(), "server.key")] {
        let to = data.join(name);
        fs::copy(from, &to).expect("a copy");
        fs::set_permissions(&to, Permissions::from_mode(0o600)).expect("permissions");
        chown(&to, Some(owner.uid()), Some(owner.gid())).expect("an owner");
    }
    let url = cluster.url("postgres");
    let loaded = || psql(&url, "SELECT pg_conf_load_time()");
    let before = loaded();
    psql(&url, "ALTER SYSTEM SET ssl = on");
    psql(&url, "SELECT pg_reload_conf()");
    wait_until("it is loaded", || (loaded() != before).then_some(()));
}

fn setup_of(env: &Env, cluster: &Cluster, trusted: &Files) -> Setup {
    let mut setup = env.setup(&[("KINDRED_DATABASE__ACQUIRE_TIMEOUT", "2s")]);
    let authorities = trusted.cert_file().display().to_string();
    setup.database_url =
        format!("{}?sslmode=verify-full&sslrootcert={authorities}", cluster.migrated_database());
    setup
}

/// Makes a certificate wrong.
type Spoil = fn(&mut Files);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_right_certificate_is_accepted() {
    let env = Env::new(Backend::Postgres).await;
    let cluster = tokio::task::block_in_place(Cluster::start);
    let right = Files::new();
    tokio::task::block_in_place(|| show(&cluster, &right));
    let node = tokio::task::block_in_place(|| Node::start(setup_of(&env, &cluster, &right)));
    node.client().signed_in().await;
    let connections = "SELECT count(*) > 0 AND bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    assert_eq!(psql(&cluster.url("postgres"), connections).trim(), "t");
    drop(node);

    let spoilings: [(&str, Spoil); 2] = [("another host", Files::rename), ("the past", Files::expire)];
    for (what, spoil) in spoilings {
        let mut files = Files::new();
        spoil(&mut files);
        let message = tokio::task::block_in_place(|| {
            show(&cluster, &files);
            refusal(&setup_of(&env, &cluster, &files))
        });
        assert!(message.contains("certificate"), "a certificate of {what}: {message}");
    }
    let message = tokio::task::block_in_place(|| {
        show(&cluster, &Files::new());
        refusal(&setup_of(&env, &cluster, &right))
    });
    assert!(message.contains("certificate"), "a certificate of an unknown issuer: {message}");
}
