//! Certificates are replaced while the server runs, and bad ones are not taken.

use rustix::process::Signal;

use super::common::{Files, ask, connect, handshake, modern, pairs, shown};
use crate::faults::refusal::refusal;
use crate::support::backend::{Backend, Env};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;

const EXPIRY: &str = "auth_tls_certificate_expiry_timestamp_seconds";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_pair_counts_and_open_connections_live() {
    let env = Env::new(Backend::Sqlite).await;
    let mut files = Files::new();
    let node = env.node(&pairs(&files.settings())).await;
    let first = tokio::task::block_in_place(|| shown(&node));
    let mut open = tokio::task::block_in_place(|| handshake(connect(&node), modern()).expect("a handshake"));
    assert!(tokio::task::block_in_place(|| ask(&mut open)).starts_with("HTTP/1.1 200"));
    assert!(metric(&node, EXPIRY, &[]).await > 0.0);

    files.replace();
    eventually("the new certificate", async || {
        (tokio::task::block_in_place(|| shown(&node)) != first).then_some(())
    })
    .await;
    assert!(tokio::task::block_in_place(|| ask(&mut open)).starts_with("HTTP/1.1 200"), "it lives on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_pair_is_refused_and_the_old_one_stays() {
    let env = Env::new(Backend::Sqlite).await;
    let mut files = Files::new();
    let node = env.node(&pairs(&files.settings())).await;
    let first = tokio::task::block_in_place(|| shown(&node));
    let refused = async |words: &str| {
        eventually(words, async || node.logs().contains(words).then_some(())).await;
        assert_eq!(tokio::task::block_in_place(|| shown(&node)), first, "{words}");
    };
    files.spoil_key();
    refused("the key is not that of the certificate").await;
    files.expire();
    refused("the new TLS certificate has expired; keeping the old one").await;
    std::fs::remove_file(files.key_file()).expect("a file");
    refused("cannot read").await;
    files.replace();
    eventually("the new certificate", async || {
        (tokio::task::block_in_place(|| shown(&node)) != first).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_loads_at_once() {
    let env = Env::new(Backend::Sqlite).await;
    let mut files = Files::new();
    let mut settings = files.settings();
    settings[2].1 = "1h".to_owned();
    let node = env.node(&pairs(&settings)).await;
    let first = tokio::task::block_in_place(|| shown(&node));
    files.replace();
    node.signal(Signal::HUP);
    eventually("the new certificate", async || {
        (tokio::task::block_in_place(|| shown(&node)) != first).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_with_a_bad_pair_is_refused_with_both_names() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    files.spoil_key();
    let message = refusal(&env.setup(&pairs(&files.settings())));
    let names = [files.cert_file(), files.key_file()].map(|file| file.display().to_string());
    assert!(names.iter().all(|name| message.contains(name)), "{message}");
    assert!(message.contains("the key is not that of the certificate"), "{message}");
    std::fs::remove_file(files.cert_file()).expect("a file");
    let message = refusal(&env.setup(&pairs(&files.settings())));
    assert!(message.contains(&names[0]), "{message}");
}
