//! Which actors are stopped, and which are started again after a panic.

use super::*;
use crate::session::fail_point;

#[tokio::test]
async fn the_sweep_takes_only_idle_actors() {
    let bench = Bench::new(LIMITS);
    let (release, first) = bench.held(1).await;
    assert_eq!(refresh(&bench.registry, 2, 5).await, Ok(6));
    assert_eq!(bench.actors(), 2);
    until(|| {
        bench.sweep_all();
        bench.actors() == 1
    })
    .await;
    drop(release);
    assert_eq!(first.await.unwrap(), Ok(6), "an actor that a request waits for was left alone");
    until(|| {
        bench.sweep_all();
        bench.actors() == 0
    })
    .await;
    assert_eq!(bench.registry.shared.metrics.family_passivations.get(), 2);
    let loads = bench.store.loads();
    assert_eq!(refresh(&bench.registry, 1, 6).await, Ok(7));
    assert_eq!(bench.store.loads(), loads + 1, "it comes back from the database");
    bench.threads.stop();
}

#[tokio::test]
async fn an_actor_that_was_used_a_moment_ago_is_not_idle() {
    let bench = Bench::new(Limits { passivate_after: Duration::from_secs(3_600), ..LIMITS });
    refresh(&bench.registry, 1, 5).await.unwrap();
    bench.sweep_all();
    assert_eq!(refresh(&bench.registry, 1, 6).await, Ok(7));
    assert_eq!((bench.actors(), bench.store.loads()), (1, 1));
    bench.threads.stop();
}

#[tokio::test]
async fn an_actor_that_panics_is_started_again() {
    let bench = Bench::new(LIMITS);
    assert_eq!(refresh(&bench.registry, PANICKING, 5).await, Ok(6));
    fail_point::panic_at_next_message(numbered(PANICKING).id);
    // The message that killed it is not answered, or by the next actor: never wrongly.
    let answer = refresh(&bench.registry, PANICKING, 6).await;
    assert!([Ok(7), Err(RefreshError::Unavailable)].contains(&answer), "{answer:?}");
    let live = if answer.is_ok() { 7 } else { 6 };
    assert_eq!(refresh(&bench.registry, PANICKING, live).await, Ok(live + 1));
    assert_eq!(bench.registry.shared.metrics.family_panics.get(), 1);
    assert_eq!(refresh(&bench.registry, 2, 5).await, Ok(6), "the thread lives");
    until(|| bench.actors() == 2).await;
    bench.threads.stop();
}

#[tokio::test]
async fn messages_to_passivated_families_start_no_actor() {
    let bench = Bench::new(LIMITS);
    bench.registry.acknowledge(Uuid::from_u128(1), 5);
    bench.registry.forget(&[Uuid::from_u128(1), Uuid::from_u128(2)]);
    assert_eq!(bench.actors(), 0);
    refresh(&bench.registry, 1, 5).await.unwrap();
    bench.registry.acknowledge(Uuid::from_u128(1), 6);
    let snapshot = bench.registry.observe(Uuid::from_u128(1)).await.unwrap();
    assert!(snapshot.acknowledged);
    bench.registry.forget(&[Uuid::from_u128(1)]);
    let snapshot = bench.registry.observe(Uuid::from_u128(1)).await.unwrap();
    assert_eq!((snapshot.generation, snapshot.acknowledged), (None, false));
    bench.threads.stop();
}
