//! Waiting for a condition, with a deadline. The only place in the tests that sleeps.

use std::time::{Duration, Instant};

/// How long a condition may take on a busy machine before the test gives up.
pub const DEADLINE: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(10);

/// Polls `check` until it answers `Some`, and returns that answer.
///
/// # Panics
/// When `check` still answers `None` after [`DEADLINE`]; the message says `what` was awaited.
pub async fn eventually<T>(what: &str, check: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(DEADLINE, what, check).await
}

async fn eventually_within<T>(
    deadline: Duration,
    what: &str,
    mut check: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begin = Instant::now();
    loop {
        if let Some(answer) = check().await {
            return answer;
        }
        assert!(begin.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// [`eventually`] for code that is not async: waiting for child processes.
pub fn wait_until<T>(what: &str, check: impl FnMut() -> Option<T>) -> T {
    wait_for(check).unwrap_or_else(|| panic!("not within {DEADLINE:?}: {what}"))
}

/// [`wait_until`] for what may never happen: `None` after [`DEADLINE`].
pub fn wait_for<T>(mut check: impl FnMut() -> Option<T>) -> Option<T> {
    let begin = Instant::now();
    loop {
        let answer = check();
        if answer.is_some() || begin.elapsed() >= DEADLINE {
            return answer;
        }
        std::thread::sleep(PAUSE);
    }
}

#[tokio::test]
async fn the_first_answer_is_returned() {
    let mut rounds = 0;
    let answer = eventually("three rounds", async || {
        rounds += 1;
        (rounds == 3).then_some(rounds)
    });
    assert_eq!(answer.await, 3);
}

#[tokio::test]
#[should_panic(expected = "not within 50ms: the moon")]
async fn a_condition_that_never_holds_fails() {
    eventually_within(Duration::from_millis(50), "the moon", async || None::<()>).await
}
