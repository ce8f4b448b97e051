//! Many uploads at once do not fill the memory.

use super::common::{files, noise, put};
use crate::support::backend::{Backend, Env};
use crate::support::metrics::metric;

const UPLOADS: usize = 50;
/// Above what the idle server needs. Uploads that were kept in memory, and decoded all at once, would take
/// more than twice as much.
const ROOM: f64 = 96.0 * 1024.0 * 1024.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_uploads_fit() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[("KINDRED_SERVER__REQUEST_TIMEOUT", "2m")]).await;
    let client = node.client();
    let largest = noise(834);
    assert!((2_000_000..=2 << 20).contains(&largest.len()), "{}", largest.len());
    let mut users = Vec::new();
    for _ in 0..UPLOADS {
        users.push(client.signed_in().await);
    }
    let resident = async || metric(&node, "process_resident_memory_bytes", &[]).await;
    let before = resident().await;
    let uploads = users.iter().map(|user| put(&client, user, "image/png", largest.clone()));
    let mut uploads = Box::pin(futures_util::future::join_all(uploads));
    let mut most = before;
    let replies = loop {
        tokio::select! {
            replies = &mut uploads => break replies,
            now = resident() => most = most.max(now),
        }
    };
    for reply in &replies {
        assert!(reply.status == 200 || (reply.status == 503 && reply.code() == "overloaded"), "{reply:?}");
    }
    let taken = replies.iter().filter(|reply| reply.status == 200).count();
    assert!(taken > 0, "all were refused");
    assert_eq!(files(node.data_dir()).len(), taken);
    assert!(most - before < ROOM, "{} MiB more", (most - before) / 1024.0 / 1024.0);
}
