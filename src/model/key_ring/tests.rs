use super::*;

const HOUR: i64 = 3_600;
const RULES: RingRules = RingRules {
    standby_for: Duration::from_secs(24 * 3_600),
    retired_for: Duration::from_secs(24 * 3_600),
    rotate_every: Some(Duration::from_secs(90 * 24 * 3_600)),
};

fn at(hours: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_000_000_000 + hours * HOUR)
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3_600)
}

fn key(kid: &str, state: KeyState, created: i64) -> RingKey {
    RingKey { kid: kid.to_owned(), state, created_at: at(created), activated_at: None, retired_at: None }
}

fn active(kid: &str, created: i64, activated: i64) -> RingKey {
    RingKey { activated_at: Some(at(activated)), ..key(kid, KeyState::Active, created) }
}

fn retired(kid: &str, retired: i64) -> RingKey {
    RingKey { retired_at: Some(at(retired)), ..key(kid, KeyState::Retired, 0) }
}

fn standby(kid: &str, created: i64) -> RingKey {
    key(kid, KeyState::Standby, created)
}

fn kids(rotation: Rotation<'_>) -> (Option<&str>, &str) {
    (rotation.retiring.map(|key| key.kid.as_str()), rotation.activating.kid.as_str())
}

#[test]
fn the_first_standby_is_ripe_at_once_and_a_later_one_when_verifiers_know_it() {
    let first = SigningKeyRing::new([active("a", 0, 0), standby("b", 0)]);
    assert_eq!(first.rotation(&RULES, at(0)).map(kids), Ok((Some("a"), "b")));
    let later = SigningKeyRing::new([active("b", 0, 5), standby("c", 5)]);
    assert_eq!(later.rotation(&RULES, at(5)), Err(Obstacle::NotRipe { left: hours(24) }));
    assert_eq!(later.rotation(&RULES, at(28)), Err(Obstacle::NotRipe { left: hours(1) }));
    assert_eq!(later.rotation(&RULES, at(29)).map(kids), Ok((Some("b"), "c")));
    assert_eq!(SigningKeyRing::new([active("b", 0, 5)]).rotation(&RULES, at(99)), Err(Obstacle::NoStandby));
}

#[test]
fn of_several_keys_on_standby_the_first_one_is_next() {
    let ring = SigningKeyRing::new([standby("late", 9), active("a", 0, 0), standby("early", 3)]);
    assert_eq!(ring.rotation(&RULES, at(40)).map(kids), Ok((Some("a"), "early")));
}

#[test]
fn a_third_retired_key_waits_until_the_first_is_no_longer_accepted() {
    let ring =
        SigningKeyRing::new([retired("x", 100), retired("y", 110), active("a", 0, 110), standby("b", 60)]);
    assert_eq!(ring.rotation(&RULES, at(120)), Err(Obstacle::TooManyRetired { left: hours(4) }));
    assert!(ring.rotation(&RULES, at(123)).is_err());
    assert_eq!(ring.rotation(&RULES, at(124)).map(kids), Ok((Some("a"), "b")));
}

#[test]
fn a_ring_that_has_never_signed_begins_when_its_first_key_is_known() {
    let ring = SigningKeyRing::new([standby("a", 0)]);
    assert!(ring.due(&RULES, at(23)).is_empty());
    let due = ring.due(&RULES, at(24));
    assert_eq!(due.rotation.map(kids), Some((None, "a")));
    assert!(due.lacks_standby);
    assert!(SigningKeyRing::default().due(&RULES, at(0)).lacks_standby);
}

#[test]
fn a_rotation_is_due_by_the_schedule_and_when_it_is_possible() {
    let quarter = 90 * 24;
    let ring = SigningKeyRing::new([active("a", 0, 0), standby("b", 0)]);
    assert!(ring.due(&RULES, at(quarter - 1)).is_empty());
    assert_eq!(ring.due(&RULES, at(quarter)).rotation.map(kids), Some((Some("a"), "b")));
    let unripe = SigningKeyRing::new([active("a", 0, 0), standby("b", quarter - 1)]);
    assert!(unripe.due(&RULES, at(quarter)).is_empty());
    let by_hand = RingRules { rotate_every: None, ..RULES };
    assert!(ring.due(&by_hand, at(10 * quarter)).is_empty());
}

#[test]
fn a_retired_key_is_removed_when_its_time_is_over_and_a_missing_standby_is_made() {
    let ring = SigningKeyRing::new([retired("x", 0), retired("y", 1), active("a", 0, 1), standby("b", 1)]);
    assert!(ring.due(&RULES, at(23)).is_empty());
    let due = ring.due(&RULES, at(24));
    assert!(!due.is_empty());
    assert_eq!(due.removed.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["x"]);
    assert!(!due.lacks_standby && due.rotation.is_none());
    assert_eq!(ring.due(&RULES, at(25)).removed.len(), 2);
    let lonely = SigningKeyRing::new([active("a", 0, 0)]);
    let due = lonely.due(&RULES, at(0));
    assert!(due.lacks_standby && due.removed.is_empty() && !due.is_empty());
}

#[test]
fn a_clock_that_is_set_back_retires_nothing_early() {
    let ring = SigningKeyRing::new([retired("x", 100), active("a", 0, 100), standby("b", 100)]);
    let due = ring.due(&RULES, at(50));
    assert!(due.is_empty() && due.rotation.is_none());
    assert_eq!(ring.rotation(&RULES, at(50)), Err(Obstacle::NotRipe { left: hours(74) }));
}

#[test]
fn the_time_until_a_rotation_is_rounded_up_to_seconds() {
    assert_eq!(Obstacle::NoStandby.seconds_left(), None);
    for (left, seconds) in [
        (Duration::from_millis(1), 1),
        (Duration::from_secs(7), 7),
        (Duration::new(7, 1), 8),
        (Duration::new(7, 999_999_999), 8),
    ] {
        assert_eq!(Obstacle::NotRipe { left }.seconds_left(), Some(seconds), "{left:?}");
        assert_eq!(Obstacle::TooManyRetired { left }.seconds_left(), Some(seconds), "{left:?}");
    }
}

#[test]
fn a_ring_without_a_key_keeps_the_others() {
    let ring = SigningKeyRing::new([retired("x", 0), active("a", 0, 0), standby("b", 0)]);
    assert_eq!(ring.without("a"), SigningKeyRing::new([retired("x", 0), standby("b", 0)]));
    assert_eq!(ring.without("unknown"), ring);
}
