//! Clients that begin a handshake and do not finish it.

use std::io::{Read, Write};

use super::common::{Files, ask, connect, handshake, modern, pairs};
use crate::support::backend::{Backend, Env};
use crate::support::eventually::eventually;
use crate::support::metrics::metric;

const TOTAL: &str = "auth_tls_handshakes_total";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_ones_delay_no_one_and_the_longest_give_way() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let settings = files.settings();
    let more = [
        ("KINDRED_TLS__MAX_HANDSHAKES", "4"),
        ("KINDRED_SERVER__WORKERS", "1"),
        ("KINDRED_SERVER__REQUEST_TIMEOUT", "2m"),
    ];
    let node = env.node(&[&pairs(&settings)[..], &more].concat()).await;
    tokio::task::block_in_place(|| {
        let mut open = handshake(connect(&node), modern()).expect("a handshake");
        assert!(ask(&mut open).starts_with("HTTP/1.1 200"), "the handshake ended at the server, too");
        let mut slow: Vec<_> = (0..20)
            .map(|_| {
                let mut stream = connect(&node);
                stream.write_all(&[22, 3, 1, 2, 0, 1]).expect("it is open");
                stream
            })
            .collect();
        let mut quick = handshake(connect(&node), modern()).expect("a handshake beside slow ones");
        assert!(ask(&mut quick).starts_with("HTTP/1.1 200"));
        assert!(ask(&mut open).starts_with("HTTP/1.1 200"), "it was not closed for them");
        let ended = slow[0].read(&mut [0; 16]);
        assert!(!matches!(ended, Ok(1..)) && !is_timeout(&ended), "{ended:?}");
    });
}

fn is_timeout(result: &std::io::Result<usize>) -> bool {
    let kinds = [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut];
    result.as_ref().is_err_and(|error| kinds.contains(&error.kind()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_is_limited_and_outcomes_are_counted() {
    let env = Env::new(Backend::Sqlite).await;
    let files = Files::new();
    let settings = files.settings();
    let more = [("KINDRED_SERVER__REQUEST_TIMEOUT", "2s")];
    let node = env.node(&[&pairs(&settings)[..], &more].concat()).await;
    tokio::task::block_in_place(|| {
        let mut silent = connect(&node);
        let ended = silent.read(&mut [0; 16]);
        assert!(matches!(ended, Ok(0)), "{ended:?}");
        let mut nonsense = connect(&node);
        nonsense.write_all(b"nonsense, and long enough to be a record").expect("it is open");
        let _ = nonsense.read_to_end(&mut Vec::new());
        handshake(connect(&node), modern()).expect("a handshake");
    });
    for outcome in ["timed_out", "failed", "completed"] {
        eventually(outcome, async || {
            (metric(&node, TOTAL, &[("outcome", outcome)]).await >= 1.0).then_some(())
        })
        .await;
    }
}
