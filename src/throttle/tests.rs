use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;

use super::*;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::secret::Secret;

/// A clock that stands still until the test moves it.
#[derive(Default)]
struct StoppedClock(std::sync::atomic::AtomicI64);

impl StoppedClock {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_micros() as i64, Ordering::SeqCst);
    }

    fn set_back(&self, by: Duration) {
        self.0.fetch_sub(by.as_micros() as i64, Ordering::SeqCst);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000)
            .plus(Duration::from_micros(self.0.load(Ordering::SeqCst) as u64))
    }
}

/// Accepts one answer, as often as it comes.
struct Riddle;

#[async_trait]
impl ChallengeGate for Riddle {
    async fn verify(&self, answer: Option<&Secret<String>>) -> Verdict {
        match answer.map(|answer| answer.expose().as_str()) {
            None => Verdict::Missing,
            Some("right") => Verdict::Passed,
            Some("out of order") => Verdict::Unavailable,
            Some(_) => Verdict::Wrong,
        }
    }
}

struct Bench {
    clock: Arc<StoppedClock>,
    throttle: Arc<Throttle>,
}

impl Bench {
    fn new(gate: Option<Arc<dyn ChallengeGate>>) -> Self {
        Self::with(gate, &[])
    }

    fn with(gate: Option<Arc<dyn ChallengeGate>>, variables: &[(&str, &str)]) -> Self {
        let clock = Arc::new(StoppedClock::default());
        let variables = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let config = Config::from_sources(None, variables).unwrap().throttle;
        let parts = ThrottleParts {
            clock: clock.clone(),
            metrics: Metrics::new().unwrap(),
            shared: None,
            gate,
            exempts_loopback: true,
        };
        Self { clock, throttle: Arc::new(Throttle::new(&config, parts)) }
    }

    async fn attempt(&self, address: &str, answer: Option<&str>) -> Result<Attempt, Throttled> {
        let answer = answer.map(|answer| Secret::new(answer.to_owned()));
        self.throttle.attempt(Some(address.parse().unwrap()), answer.as_ref()).await
    }

    /// Attempts that fail; gives the number that was evaluated until one was refused, and the refusal.
    async fn fail(&self, address: &str, answer: Option<&str>) -> (usize, Throttled) {
        for evaluated in 0.. {
            match self.attempt(address, answer).await {
                Ok(attempt) => drop(attempt),
                Err(refusal) => return (evaluated, refusal),
            }
        }
        unreachable!("the limits end")
    }

    fn refused(&self, rule: &str) -> u64 {
        self.throttle.parts.metrics.rate_limited.with_label_values(&[rule]).get()
    }
}

const ADDRESS: &str = "192.0.2.7";

/// The burst of failed logins is used up.
const FULL: Exceeded = Exceeded { rule: Rule::Login, wait: Duration::from_secs(2) };

fn exceeded(rule: Rule, wait: Duration) -> Throttled {
    Throttled::Exceeded(Exceeded { rule, wait })
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn failures_fill_the_burst_and_then_the_rate() {
    let bench = Bench::new(None);
    assert_eq!(bench.fail(ADDRESS, None).await, (60, exceeded(Rule::Login, 2 * SECOND)));
    bench.clock.advance(SECOND);
    assert_eq!(bench.fail(ADDRESS, None).await, (0, exceeded(Rule::Login, SECOND)));
    bench.clock.advance(59 * SECOND);
    assert_eq!(bench.fail(ADDRESS, None).await.0, 30);
    assert_eq!(bench.fail("192.0.2.8", None).await.0, 60, "another address has limits of its own");
    assert_eq!(bench.refused("login"), 4);
}

#[tokio::test]
async fn right_attempts_do_not_count_however_many_there_are() {
    let bench = Bench::new(None);
    for _ in 0..800 {
        bench.attempt(ADDRESS, None).await.unwrap().withdraw().await;
    }
    assert_eq!(bench.fail(ADDRESS, None).await.0, 60);
    let (_, left) = bench.throttle.left(Rule::Login, Networks::of(ADDRESS.parse().unwrap()));
    assert_eq!(left, Left { remaining: 0, reset: 120 * SECOND });
    let (_, left) = bench.throttle.left(Rule::LoginHard, Networks::of(ADDRESS.parse().unwrap()));
    assert_eq!(left, Left { remaining: 240, reset: 720 * SECOND });
}

/// What is evaluated at the same time may turn out right, so that those who find no room wait for it.
#[tokio::test]
async fn attempts_at_once_wait_for_each_other() {
    let bench = Bench::new(None);
    for _ in 0..55 {
        drop(bench.attempt(ADDRESS, None).await.unwrap());
    }
    let (evaluated, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    join_all((0..200).map(async |_| {
        let attempt = bench.attempt(ADDRESS, None).await.unwrap();
        most.fetch_max(1 + evaluated.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
        tokio::task::yield_now().await;
        evaluated.fetch_sub(1, Ordering::SeqCst);
        attempt.withdraw().await;
    }))
    .await;
    assert_eq!(most.into_inner(), 5, "never more than there was room for");
    let wrong = join_all((0..200).map(async |_| {
        let attempt = bench.attempt(ADDRESS, None).await;
        tokio::task::yield_now().await;
        attempt.is_ok()
    }))
    .await;
    assert_eq!(wrong.into_iter().filter(|evaluated| *evaluated).count(), 5);
}

#[tokio::test]
async fn after_the_burst_a_challenge_is_asked_for_and_after_the_hard_limit_nothing_helps() {
    let bench = Bench::new(Some(Arc::new(Riddle)));
    assert_eq!(bench.fail(ADDRESS, Some("wrong")).await, (60, Throttled::ChallengeInvalid(FULL)));
    assert_eq!(bench.fail(ADDRESS, None).await, (0, Throttled::ChallengeRequired(FULL)));
    let unavailable = bench.fail(ADDRESS, Some("out of order")).await;
    assert_eq!(unavailable, (0, exceeded(Rule::Login, 2 * SECOND)));
    let (evaluated, refusal) = bench.fail(ADDRESS, Some("right")).await;
    assert_eq!((evaluated, refusal), (240, exceeded(Rule::LoginHard, 12 * SECOND)));
    assert_eq!((bench.refused("login"), bench.refused("login_hard")), (3, 1));
    bench.clock.advance(2 * SECOND);
    let refused = bench.attempt(ADDRESS, None).await;
    assert!(
        matches!(refused, Err(Throttled::Exceeded(Exceeded { rule: Rule::LoginHard, .. }))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_site_has_eight_times_as_much_as_a_customer() {
    let bench = Bench::new(None);
    let mut evaluated = Vec::new();
    for subnet in 0..10 {
        evaluated.push(bench.fail(&format!("2001:db8:1:{subnet}::7"), None).await.0);
    }
    assert_eq!(evaluated, [60, 60, 60, 60, 60, 60, 60, 60, 0, 0]);
    let (limit, left) = bench.throttle.left(Rule::Login, Networks::of("2001:db8:1:9::1".parse().unwrap()));
    assert_eq!((limit.burst, left.remaining), (60, 0));
    assert_eq!(bench.fail("2001:db8:2::7", None).await.0, 60);
}

#[tokio::test]
async fn requests_are_counted_by_kind() {
    let bench = Bench::new(None);
    let networks = Networks::of(ADDRESS.parse().unwrap());
    for rule in [Rule::Register, Rule::Forgot, Rule::Resend, Rule::Sms] {
        for _ in 0..5 {
            bench.throttle.count(rule, networks).await.unwrap();
        }
        let refused = bench.throttle.count(rule, networks).await;
        assert_eq!(refused, Err(Exceeded { rule, wait: 6 * SECOND }));
        assert_eq!(bench.refused(rule.as_str()), 1);
    }
    bench.clock.advance(6 * SECOND);
    assert!(bench.throttle.count(Rule::Register, networks).await.is_ok());
    assert!(bench.throttle.count(Rule::Register, networks).await.is_err());
}

#[tokio::test]
async fn a_session_is_refreshed_thirty_times_in_a_minute() {
    let bench = Bench::new(None);
    let [family, other] = [Uuid::from_u128(1), Uuid::from_u128(2)];
    assert!((0..30).all(|_| bench.throttle.count_refresh(family).is_ok()));
    assert_eq!(bench.throttle.count_refresh(family), Err(2 * SECOND));
    assert!(bench.throttle.count_refresh(other).is_ok());
    bench.clock.advance(2 * SECOND);
    assert!(bench.throttle.count_refresh(family).is_ok());
}

#[tokio::test]
async fn loopback_and_the_switch_lift_the_limits() {
    let bench = Bench::new(None);
    for address in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(bench.throttle.networks(Some(address.parse().unwrap())), None, "{address}");
    }
    assert_eq!(bench.throttle.networks(None), None);
    assert!(bench.throttle.networks(Some(ADDRESS.parse().unwrap())).is_some());
    let off = Bench::with(None, &[("KINDRED_THROTTLE__ENABLED", "false")]);
    assert_eq!(off.throttle.networks(Some(ADDRESS.parse().unwrap())), None);
    assert!((0..100).all(|_| off.throttle.count_refresh(Uuid::nil()).is_ok()));
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_bucket_fuller_than_full() {
    let bench = Bench::new(None);
    let networks = Networks::of(ADDRESS.parse().unwrap());
    bench.clock.advance(48 * 3600 * SECOND);
    for _ in 0..5 {
        bench.throttle.count(Rule::Register, networks).await.unwrap();
    }
    bench.clock.set_back(24 * 3600 * SECOND);
    let refused = bench.throttle.count(Rule::Register, networks).await;
    assert_eq!(refused, Err(Exceeded { rule: Rule::Register, wait: 6 * SECOND }));
    // What was refused changes nothing, so the clock is followed once it is believed.
    bench.throttle.meters.give_back(&bench.throttle.meters.buckets(&[Rule::Register], networks));
    bench.clock.advance(24 * SECOND);
    for _ in 0..5 {
        bench.throttle.count(Rule::Register, networks).await.unwrap();
    }
}

#[tokio::test]
async fn the_memory_is_bounded_and_keeps_those_that_failed_most() {
    let bench = Bench::with(None, &[("KINDRED_THROTTLE__MAX_COUNTED", "6400")]);
    let persistent = Networks::of(ADDRESS.parse().unwrap());
    for _ in 0..5 {
        bench.throttle.count(Rule::Register, persistent).await.unwrap();
    }
    for number in 0..50_000_u32 {
        let address = std::net::Ipv4Addr::from(0x0A00_0000 + number);
        bench.throttle.count(Rule::Register, Networks::of(address.into())).await.unwrap();
    }
    assert!(bench.throttle.meters.counted() <= 6400, "{}", bench.throttle.meters.counted());
    assert!(bench.throttle.count(Rule::Register, persistent).await.is_err());
    bench.clock.advance(3600 * SECOND);
    bench.throttle.meters.sweep();
    assert_eq!(bench.throttle.meters.counted(), 0);
}
