//! Injected time.
//!
//! Expiries are wall-clock [`Timestamp`]s, because they outlive the process; orderings inside one
//! process use the monotonic [`Instant`], because the wall clock may be set back.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment in UTC, in microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many microseconds after the Unix epoch: the unit of the database.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The moment this many seconds after the Unix epoch, or the last one that can be told.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the unit of JWT's NumericDate (RFC 7519 §2).
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The moment this much later, or the last one that can be told.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// The moment this much earlier, or the first one that can be told.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// The time that has passed since `earlier`; zero if `earlier` lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// RFC 3339 in UTC, to the second.
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.unix_seconds())
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
    }

    /// Reads a moment of RFC 3339, of any offset; `None` for other text.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000).ok().map(Self)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("not a moment of RFC 3339"))
    }
}

/// The source of time for everything that decides by it.
pub trait Clock: Send + Sync + 'static {
    /// Wall-clock time.
    fn now(&self) -> Timestamp;

    /// A clock that never goes back, for orderings and durations in this process.
    fn monotonic(&self) -> Instant {
        Instant::now()
    }

    /// Whether the clock of a database that several nodes share takes this one's place.
    fn yields_to_database(&self) -> bool {
        false
    }
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since_epoch.map(micros).unwrap_or(0))
    }

    fn yields_to_database(&self) -> bool {
        true
    }
}

/// The longest time for which the monotonic clock stands in for a database that tells nothing.
const LONGEST_GUESS: Duration = Duration::from_secs(60);

/// The clock of the database that all nodes share, as this process knows it: what it told last, and the time that has
/// passed since by the process's monotonic clock. So nodes whose own clocks are minutes apart agree on every moment.
#[derive(Debug)]
pub struct DatabaseClock {
    started: Instant,
    /// The database's time at `started`, in microseconds since the Unix epoch.
    epoch: AtomicI64,
    /// When the database told its time last, in milliseconds since `started`.
    told: AtomicU64,
}

impl DatabaseClock {
    /// A database that told this moment in a conversation that began at `asked` and ends now.
    pub fn told(moment: Timestamp, asked: Instant) -> Self {
        let clock = Self { started: asked, epoch: AtomicI64::new(moment.0), told: AtomicU64::new(0) };
        clock.learn(moment, asked);
        clock
    }

    /// The database has told this moment after `asked`, and before now. What is known already stays as it is where
    /// the two agree: a slow answer tells less than a quick one.
    pub fn learn(&self, moment: Timestamp, asked: Instant) {
        let earliest = moment.minus(self.started.elapsed()).0;
        let latest = moment.minus(asked.saturating_duration_since(self.started)).0;
        let epoch = self.epoch.load(Ordering::Relaxed).clamp(earliest.min(latest), latest);
        self.epoch.store(epoch, Ordering::Relaxed);
        let told = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.told.store(told, Ordering::Relaxed);
    }

    /// Whether the database has told its time within the last minute. After that the process only guesses it.
    pub fn is_known(&self) -> bool {
        self.age() < LONGEST_GUESS
    }

    /// The time since the database told its own.
    fn age(&self) -> Duration {
        self.started.elapsed().saturating_sub(Duration::from_millis(self.told.load(Ordering::Relaxed)))
    }
}

/// How far a database's time is ahead of the clock of this machine, or behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockOffset(i64);

impl ClockOffset {
    /// Of a database that tells the one moment while this machine's clock shows the other.
    pub const fn between(database: Timestamp, own: Timestamp) -> Self {
        Self(database.0.saturating_sub(own.0))
    }

    /// In seconds, positive where the database is ahead.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Without its direction.
    pub const fn size(self) -> Duration {
        Duration::from_micros(self.0.unsigned_abs())
    }
}

impl DatabaseClock {
    /// How far it is from the clock of this machine.
    pub fn offset(&self) -> ClockOffset {
        ClockOffset::between(self.now(), SystemClock.now())
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.epoch.load(Ordering::Relaxed)).plus(self.started.elapsed())
    }
}

/// The machine's clock moved by an offset: for tests that travel in time.
#[derive(Debug, Default)]
pub struct ShiftedClock {
    offset_micros: AtomicI64,
}

impl ShiftedClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.offset_micros.fetch_add(micros(by), Ordering::SeqCst);
    }

    /// Moves the clock back.
    pub fn set_back(&self, by: Duration) {
        self.offset_micros.fetch_sub(micros(by), Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0 + self.offset_micros.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        let end = Timestamp::from_micros(i64::MAX);
        assert_eq!(end.plus(Duration::from_secs(1)), end);
        assert_eq!(Timestamp::default().since(end), Duration::ZERO);
    }

    #[test]
    fn the_database_s_clock_is_followed_as_far_as_its_answers_tell() {
        let asked = Instant::now();
        let clock = DatabaseClock::told(Timestamp::from_unix_seconds(5_000), asked);
        let now = clock.now();
        assert!(now >= Timestamp::from_unix_seconds(5_000) && now < Timestamp::from_unix_seconds(5_060));
        // An answer that may have taken a minute agrees with what is known, and changes nothing.
        let Some(long_ago) = asked.checked_sub(Duration::from_secs(60)) else { return };
        let slow =
            DatabaseClock { started: long_ago, epoch: AtomicI64::new(1_000_000), told: AtomicU64::new(0) };
        slow.learn(Timestamp::from_unix_seconds(31), long_ago);
        assert_eq!(slow.epoch.load(Ordering::Relaxed), 1_000_000);
        assert!(slow.age() < Duration::from_secs(60));
        // A database that was replaced by one with another clock is believed.
        slow.learn(Timestamp::from_unix_seconds(9_000), Instant::now());
        assert!(slow.now() >= Timestamp::from_unix_seconds(9_000));
        slow.learn(Timestamp::from_unix_seconds(100), Instant::now());
        assert!(slow.now() < Timestamp::from_unix_seconds(9_000));
    }

    #[test]
    fn an_offset_has_a_size_and_a_direction() {
        let [early, late] = [1_000, 1_005].map(Timestamp::from_unix_seconds);
        assert_eq!(ClockOffset::between(late, early).size(), Duration::from_secs(5));
        assert_eq!(ClockOffset::between(early, late).size(), Duration::from_secs(5));
        assert!(ClockOffset::between(late, early).seconds() > 4.9);
        assert!(ClockOffset::between(early, late).seconds() < -4.9);
        let right = DatabaseClock::told(SystemClock.now(), Instant::now());
        assert!(right.offset().size() < Duration::from_secs(60));
        let behind = DatabaseClock::told(SystemClock.now().minus(Duration::from_secs(3_600)), Instant::now());
        assert!(behind.offset().seconds() < -3_540.0);
    }

    #[test]
    fn a_database_that_tells_nothing_for_a_minute_leaves_the_time_unknown() {
        let started = Instant::now().checked_sub(Duration::from_secs(61)).expect("the clock reaches back");
        let clock = DatabaseClock { started, epoch: AtomicI64::new(0), told: AtomicU64::new(0) };
        assert!(!clock.is_known());
        clock.learn(clock.now(), Instant::now());
        assert!(clock.is_known());
    }

    #[test]
    fn rfc3339_is_utc_to_the_second() {
        assert_eq!(Timestamp::from_micros(1_500_000).rfc3339(), "1970-01-01T00:00:01Z");
        let moment = Timestamp::parse_rfc3339("1970-01-01T01:00:01.5+01:00");
        assert_eq!(moment, Some(Timestamp::from_micros(1_500_000)));
        assert_eq!(Timestamp::parse_rfc3339("1970-01-01"), None);
    }

    #[test]
    fn seconds_round_down_before_the_epoch_as_well() {
        assert_eq!(Timestamp::from_micros(-1).unix_seconds(), -1);
    }
}
