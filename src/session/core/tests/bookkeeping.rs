//! What a core counts and measures, the keys it derives with, and whom it takes for the same device.

use super::*;
use crate::keys::root_keys::{OpenedRootKeys, OtherRootKey};
use crate::model::access_token::jti_uuid;
use crate::model::family_key::{RootKey, RootKeyId};
use crate::model::session_family::fixture::root_key;
use crate::secret::Secret;
use crate::session::fake_store::Write;

#[test]
fn a_live_family_is_counted_until_it_is_dropped() {
    let Bench { core, shared, .. } = Bench::new();
    assert_eq!(shared.live.get(), 1);
    drop(core);
    assert_eq!(shared.live.get(), 0);
}

#[test]
fn the_time_in_the_mailbox_is_measured() {
    let bench = Bench::new();
    bench.core.waited(Duration::from_millis(1_500));
    let waits = &bench.shared.metrics.family_mailbox_wait;
    assert_eq!(waits.get_sample_count(), 1);
    assert!((waits.get_sample_sum() - 1.5).abs() < 1e-9);
}

#[tokio::test]
async fn the_age_of_a_rotation_is_measured_when_its_token_comes_again() {
    let mut bench = Bench::new();
    let ages = bench.shared.metrics.refresh_retry_age.clone();
    bench.refresh_named(5, "a").await.unwrap();
    bench.clock.set(1_103);
    bench.refresh_named(6, "a").await.unwrap();
    assert_eq!(ages.get_sample_count(), 0, "the live token is no repetition");
    bench.refresh_named(5, "a").await.unwrap();
    assert_eq!(ages.get_sample_count(), 1);
    assert!((ages.get_sample_sum() - 3.0).abs() < 1e-9);
}

#[tokio::test]
async fn a_family_goes_over_to_a_new_root_key_with_its_next_generation() {
    let mut bench = Bench::new();
    let active = || RootKey::new(RootKeyId(2), Secret::new([8; 32]));
    let other = OtherRootKey { key: Arc::new(root_key()), followed_at: None };
    let opened = OpenedRootKeys { active: active(), others: vec![other], unusable: Vec::new() };
    bench.shared.root_keys.replace(opened);
    let refreshed = bench.refresh(5).await.unwrap();
    assert_eq!((refreshed.family.key_id, refreshed.key.root), (RootKeyId(2), RootKeyId(2)));
    let writes = bench.store.writes();
    let [Write::Rotation(rotation)] = writes.as_slice() else { panic!("{writes:?}") };
    assert_eq!(rotation.jti, jti_uuid(active().family_key(&family().salt).jti(6)));
}

#[tokio::test]
async fn the_grace_period_is_for_the_device_of_the_session() {
    for (device, expected) in [(1, Ok(RefreshOutcome::Retried)), (2, Err(RefreshError::Unconfirmed))] {
        let mut bench = Bench::under(&[family()], |tolerance| tolerance.grace = Duration::from_secs(30));
        bench.refresh(5).await.unwrap();
        bench.clock.set(1_111);
        let mut request = bench.request(5, None);
        request.facts.device_hash = [device; 8];
        let answer = bench.core.refresh(&request).await;
        assert_eq!(answer.map(|refreshed| refreshed.outcome), expected);
    }
}
