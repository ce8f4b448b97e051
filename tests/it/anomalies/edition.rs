//! The file is renewed while the server runs.

use super::common::{BERLIN, FIREFOX, GeoFile, PLACES, cities, location, login, pairs, someone};
use crate::support::backend::{Backend, Env};
use crate::support::eventually::eventually;
use crate::support::mmdb::{Mmdb, Place};
use crate::support::process::Node;

const HAMBURG: Place = Place { city: Some("Hamburg"), ..PLACES[0] };
const USELESS: &str = "cannot load the GeoIP database; keeping the old one";
const READ: &str = "loaded the GeoIP database";

async fn logged(node: &Node, words: &str, times: usize) {
    let what = format!("{words:?} is logged {times} times");
    eventually(&what, async || (node.logs().matches(words).count() >= times).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_takes_the_old_ones_place_if_it_is_of_use() {
    let env = Env::new(Backend::Sqlite).await;
    let file = GeoFile::of_places();
    let node = env.node(&pairs(&file.settings())).await;
    let client = node.client();
    let email = someone(&client).await;
    let here = async || {
        let session = login(&client, &email, BERLIN, FIREFOX).await;
        location(&client, &session.access()).await
    };
    assert_eq!(here().await, "Berlin, DE");

    // Each is told of once, and the old one stays.
    let whole = cities(&[HAMBURG]);
    let useless = [b"nonsense".to_vec(), whole[..whole.len() / 2].to_vec(), asn(), Vec::new()];
    for (number, content) in useless.iter().enumerate() {
        file.replace(content);
        logged(&node, USELESS, number + 1).await;
        assert_eq!(here().await, "Berlin, DE", "{number}");
    }
    file.remove();
    logged(&node, USELESS, useless.len() + 1).await;
    assert_eq!(here().await, "Berlin, DE");
    assert_eq!(node.logs().matches(READ).count(), 1);

    file.replace(&whole);
    logged(&node, READ, 2).await;
    assert_eq!(here().await, "Hamburg, DE");
    assert_eq!(node.logs().matches(USELESS).count(), useless.len() + 1);
}

/// A database of another kind, which knows no countries.
pub fn asn() -> Vec<u8> {
    Mmdb { kind: "GeoLite2-ASN", record_size: 24, places: &[HAMBURG] }.bytes()
}
