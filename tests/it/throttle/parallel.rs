//! Guesses at the same time, at several nodes.

use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream;

use super::visitor::{Visitor, limited_and};
use crate::support::backend::{Backend, Env};

/// The burst, of which one comes back each minute.
const BURST: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_guesses_at_two_nodes_are_no_more_than_each_allows() {
    let env = Env::new(Backend::Postgres).await;
    let settings =
        limited_and(&[("KINDRED_THROTTLE__LOGIN_PER_MINUTE", "1"), ("KINDRED_PASSWORD__QUEUE", "1000")]);
    let (a, b) = (env.node(&settings).await, env.node(&settings).await);
    let visitors = [&a, &b].map(|node| Visitor::new(&node.client(), "192.0.2.7"));
    let begun = Instant::now();
    let guesses = stream::iter(0..300_usize).map(async |number| visitors[number % 2].guess().await.status);
    let statuses: Vec<_> = guesses.buffer_unordered(50).collect().await;
    let number_of = |status| statuses.iter().filter(|other| **other == status).count();
    // None, unless the machine is slow.
    let came_back = 2 * usize::try_from(begun.elapsed().as_secs() / 60).expect("some minutes");
    assert!((2 * BURST..=2 * BURST + came_back).contains(&number_of(401)), "{statuses:?}");
    assert_eq!(number_of(401) + number_of(403), 300, "{statuses:?}");
}
