//! Pictures in a bucket.

use std::sync::atomic::Ordering;

use super::common::{fetch, png, put, remove, url};
use super::fake_s3::{FakeS3, Mood};
use crate::support::backend::{Backend, Env};
use crate::support::eventually::eventually;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_holds_them() {
    let (s3, env) = (FakeS3::start(), Env::new(Backend::Sqlite).await);
    let mut node = env.node(&s3.environment()).await;
    let client = node.client();
    let user = client.signed_in().await;
    for color in [[1, 1, 1], [2, 2, 2]] {
        let reply = put(&client, &user, "image/png", png(color)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let bytes = fetch(&client, &user, &reply.text("/url")).await.expect("a picture");
        let seen = image::load_from_memory(&bytes).expect("a picture").into_rgb8();
        assert_eq!(seen.get_pixel(0, 0).0, color);
        let keys = s3.keys();
        assert_eq!(keys.len(), 1, "{keys:?}");
        let id = client.me(&user.access).await.text("/id");
        assert!(keys[0].starts_with(&format!("avatars/{id}/")), "{keys:?}");
    }
    assert_eq!(s3.bucket.unsigned.load(Ordering::Relaxed), 0);

    // Everything there was written long ago: what has no row goes, and what has one stays.
    let kept = s3.keys();
    let (folder, _) = kept[0].rsplit_once('/').expect("a folder");
    let others = [format!("{folder}/abandoned.png"), "avatars/notes.txt".to_owned(), "other/x".to_owned()];
    for other in &others {
        s3.bucket.objects.lock().insert(other.clone(), "x".into());
    }
    node.restart();
    eventually("the sweep", async || (!s3.keys().contains(&others[0])).then_some(())).await;
    let mut expected = [kept[0].clone(), others[1].clone(), others[2].clone()];
    expected.sort();
    assert_eq!(s3.keys(), expected);

    let client = node.client();
    assert_eq!(remove(&client, &user).await.status, 204);
    assert!(!s3.keys().contains(&kept[0]));
    assert!(!node.logs().contains("hunter2"), "the secret is in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_fails_changes_nothing() {
    let (s3, env) = (FakeS3::start(), Env::new(Backend::Sqlite).await);
    let node = env.node(&s3.environment()).await;
    let client = node.client();
    let user = client.signed_in().await;
    let address = put(&client, &user, "image/png", png([1, 1, 1])).await.text("/url");
    for mood in [Mood::Fails, Mood::Redirects] {
        s3.feels(mood);
        put(&client, &user, "image/png", png([2, 2, 2])).await.assert_problem(503, "unavailable");
        assert_eq!(url(&client, &user).await.as_ref(), Some(&address));
        assert_eq!(fetch(&client, &user, &address).await, Err(503), "{mood:?}");
    }
    assert_eq!(s3.bucket.astray.load(Ordering::Relaxed), 0, "a redirect was followed");
    s3.feels(Mood::Works);
    assert!(fetch(&client, &user, &address).await.is_ok());
    assert_eq!(s3.keys().len(), 1);

    // The row counts: an object that could not be deleted waits for the sweep.
    s3.feels(Mood::Fails);
    assert_eq!(remove(&client, &user).await.status, 204);
    assert_eq!(url(&client, &user).await, None);
    assert_eq!(s3.keys().len(), 1);
}
