use proptest::prelude::*;

use super::fixture::{family, root_key, token};
use super::*;
use crate::model::family_key::RootKey;
use crate::secret::Secret;

const STRICT: Tolerance = Tolerance {
    grace: Duration::ZERO,
    retry_window: Duration::from_secs(600),
    clock_skew: Duration::from_secs(2),
};
const GRACEFUL: Tolerance = Tolerance { grace: Duration::from_secs(30), ..STRICT };

/// One presentation, with everything that may vary.
#[derive(Debug)]
struct Case {
    family: SessionFamily,
    local: LocalKnowledge,
    generation: u64,
    request: RequestFacts,
    tolerance: Tolerance,
    now: Timestamp,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn attempt(name: &str) -> Option<IdempotencyKeyHash> {
    Some(IdempotencyKeyHash::of(format!("attempt-{name:0>16}").as_bytes()).unwrap())
}

impl Case {
    /// The live token at second 1 100, long after the rotation.
    fn new() -> Self {
        let arrived = Instant::now();
        Self {
            family: family(),
            local: LocalKnowledge::default(),
            generation: 5,
            request: RequestFacts {
                arrived,
                arrived_at: at(1_100),
                idempotency_key: None,
                device_hash: [1; 8],
            },
            tolerance: STRICT,
            now: at(1_100),
        }
    }

    fn previous() -> Self {
        Self { generation: 4, ..Self::new() }
    }

    fn at(mut self, seconds: i64) -> Self {
        self.now = at(seconds);
        self.request.arrived_at = at(seconds);
        self
    }

    fn decide(&self) -> Decision {
        self.decide_under(Some(&root_key().family_key(&self.family.salt)))
    }

    fn decide_under(&self, key: Option<&FamilyKey>) -> Decision {
        let token = token(&self.family, self.generation);
        self.decide_as(&self.family, &token, key)
    }

    fn decide_as(&self, family: &SessionFamily, token: &RefreshToken, key: Option<&FamilyKey>) -> Decision {
        let presented = Presented { token, key, request: &self.request };
        present(family, &self.local, &presented, &self.tolerance, self.now)
    }
}

#[test]
fn the_live_token_rotates() {
    assert_eq!(Case::new().decide(), Decision::Rotate);
}

#[test]
fn a_token_under_a_foreign_or_unknown_key_is_forged() {
    let case = Case::new();
    let token = token(&case.family, 5);
    let foreign = RootKey::new(RootKeyId(1), Secret::new([8; 32])).family_key(&case.family.salt);
    let own = root_key().family_key(&case.family.salt);
    assert_eq!(case.decide_under(Some(&foreign)), Decision::Forged);
    assert_eq!(case.decide_under(None), Decision::Forged);
    let moved_on = SessionFamily { key_id: RootKeyId(2), ..case.family.clone() };
    let decision = case.decide_as(&moved_on, &token, Some(&own));
    assert_eq!(decision, Decision::Forged, "the live token has one root key");
    let other = SessionFamily { id: Uuid::from_u128(1), ..case.family.clone() };
    assert_eq!(case.decide_as(&other, &token, Some(&own)), Decision::Forged);
}

#[test]
fn forgery_is_looked_for_before_anything_else() {
    let family = SessionFamily { revoked: Some(RevokeReason::Logout), ..family() };
    assert_eq!(Case { family, ..Case::new() }.decide_under(None), Decision::Forged);
}

#[test]
fn an_ended_family_raises_no_alarm_whatever_is_presented() {
    for generation in [0, 3, 4, 5, 6] {
        let family = SessionFamily { revoked: Some(RevokeReason::Logout), ..family() };
        let case = Case { family, generation, ..Case::new() };
        assert_eq!(case.decide(), Decision::Revoked(RevokeReason::Logout));
    }
}

#[test]
fn expiry_is_exact_to_the_microsecond() {
    let mut case = Case::new();
    case.now = Timestamp::from_micros(at(2_000).as_micros() - 1);
    assert_eq!(case.decide(), Decision::Rotate);
    case.now = at(2_000);
    assert_eq!(case.decide(), Decision::Expired);
    case.family.idle_expires_at = at(9_000);
    case.now = at(5_000);
    assert_eq!(case.decide(), Decision::Expired);
}

#[test]
fn a_previous_token_is_a_replay_by_default() {
    assert_eq!(Case::previous().decide(), Decision::Replay(ReplayClass::Previous));
    let mut case = Case::previous();
    case.local.acknowledged = true;
    assert_eq!(case.decide(), Decision::Replay(ReplayClass::PreviousAcknowledged));
}

#[test]
fn older_tokens_are_stale_under_any_tolerance() {
    for generation in 0..4 {
        let mut case = Case { generation, tolerance: GRACEFUL, ..Case::new() }.at(1_001);
        case.family.rotation_key_hash = attempt("a");
        case.request.idempotency_key = attempt("a");
        assert_eq!(case.decide(), Decision::Replay(ReplayClass::Stale));
    }
}

#[test]
fn a_later_generation_means_the_database_was_set_back() {
    assert_eq!(Case { generation: 6, ..Case::new() }.decide(), Decision::Regressed);
}

#[test]
fn a_named_retry_gets_its_answer_within_the_window() {
    let mut case = Case::previous();
    case.family.rotation_key_hash = attempt("a");
    case.request.idempotency_key = attempt("a");
    assert_eq!(case.at(1_599).decide(), Decision::Retry);

    let mut late = Case::previous();
    late.family.rotation_key_hash = attempt("a");
    late.request.idempotency_key = attempt("a");
    assert_eq!(late.at(1_600).decide(), Decision::Replay(ReplayClass::Previous));
}

#[test]
fn another_name_or_no_name_is_no_retry() {
    for (stored, sent) in [("a", Some("b")), ("a", None)] {
        let mut case = Case::previous();
        case.family.rotation_key_hash = attempt(stored);
        case.request.idempotency_key = sent.and_then(attempt);
        assert_eq!(case.decide(), Decision::Replay(ReplayClass::Previous));
    }
    let mut unnamed = Case::previous();
    unnamed.request.idempotency_key = attempt("a");
    assert_eq!(unnamed.decide(), Decision::Replay(ReplayClass::Previous));
}

#[test]
fn a_named_retry_is_answered_even_after_the_successor_was_seen() {
    let mut case = Case::previous();
    case.family.rotation_key_hash = attempt("a");
    case.request.idempotency_key = attempt("a");
    case.local.acknowledged = true;
    assert_eq!(case.decide(), Decision::Retry);
}

#[test]
fn grace_covers_the_same_device_until_the_successor_is_seen() {
    let graced = || Case { tolerance: GRACEFUL, ..Case::previous() }.at(1_029);
    assert_eq!(graced().decide(), Decision::Retry);
    assert_eq!(graced().at(1_030).decide(), Decision::Replay(ReplayClass::Previous));

    let mut acknowledged = graced();
    acknowledged.local.acknowledged = true;
    assert_eq!(acknowledged.decide(), Decision::Replay(ReplayClass::PreviousAcknowledged));

    let mut other_device = graced();
    other_device.request.device_hash = [2; 8];
    assert_eq!(other_device.decide(), Decision::Replay(ReplayClass::Previous));
}

#[test]
fn a_request_that_arrived_before_the_commit_is_in_flight() {
    let mut case = Case::previous();
    case.local.committed_at = Some(case.request.arrived + Duration::from_nanos(1));
    assert_eq!(case.decide(), Decision::InFlight);
    case.local.committed_at = Some(case.request.arrived);
    assert_eq!(case.decide(), Decision::Replay(ReplayClass::Previous));
}

#[test]
fn across_processes_the_wall_clock_tells_within_the_skew() {
    assert_eq!(Case::previous().at(1_002).decide(), Decision::InFlight);
    assert_eq!(Case::previous().at(1_003).decide(), Decision::Replay(ReplayClass::Previous));
    assert_eq!(Case::previous().at(998).decide(), Decision::InFlight);
    // A rotation in the far future is a clock that was set back: no excuse for reuse.
    assert_eq!(Case::previous().at(997).decide(), Decision::Replay(ReplayClass::Previous));
}

#[test]
fn a_step_up_moves_the_proof_and_nothing_else() {
    let before = family();
    let after = before.stepped_up(Amr::default(), at(1_500));
    assert_eq!(after, SessionFamily { auth_time: at(1_500), ..before.clone() });
    assert!(after.has_stepped_up() && !before.has_stepped_up());
    assert_eq!((after.amr, after.aal), (before.amr, before.aal), "assurance is never lowered");
    assert!(!after.rotated(after.key_id, None, Duration::from_secs(9), at(1_501)).has_stepped_up());
}

#[test]
fn a_step_up_is_newer_than_all_before_it_as_far_as_clocks_may_differ() {
    let generation = SessionFamily { rotated_at: at(1_060), ..family() };
    let behind = generation.stepped_up(Amr::default(), at(1_001));
    assert_eq!(behind.auth_time, at(1_060).plus(Duration::from_micros(1)));
    let twice = behind.stepped_up(Amr::default(), at(1_001));
    assert!(twice.auth_time > behind.auth_time);
    let set_back = generation.stepped_up(Amr::default(), at(1_000));
    assert_eq!(set_back.auth_time, at(1_000), "a proof from the future would stay a recent one");
}

#[test]
fn a_rotation_forgets_a_proof_from_the_future() {
    let rotated = |now| family().rotated(family().key_id, None, Duration::from_secs(9), at(now));
    assert_eq!(rotated(440).auth_time, at(500), "clocks may differ by a minute");
    assert_eq!(rotated(100).auth_time, at(160));
    assert_eq!(rotated(100).issued_at(), at(160), "the token is good at once, with the leeway");
}

#[test]
fn a_family_fits_its_size_class() {
    assert!(size_of::<SessionFamily>() <= 128, "{}", size_of::<SessionFamily>());
}

#[test]
fn a_rotation_carries_over_what_must_not_change() {
    let before = family();
    let after = before.rotated(RootKeyId(2), attempt("a"), Duration::from_secs(1_000), at(1_500));
    assert_eq!(after.generation, 6);
    assert_eq!(after.key_id, RootKeyId(2));
    assert_eq!(after.idle_expires_at, at(2_500));
    assert_eq!(
        (after.expires_at, after.auth_time, after.amr),
        (before.expires_at, before.auth_time, before.amr)
    );
    let last = before.rotated(RootKeyId(1), None, Duration::from_secs(100_000), at(1_500));
    assert_eq!(last.idle_expires_at, before.expires_at, "idle life never passes the absolute one");
}

prop_compose! {
    fn any_case()(
        generation in 0_u64..12,
        revoked in proptest::option::of(Just(RevokeReason::Logout)),
        acknowledged: bool,
        committed_offset in proptest::option::of(-5_i64..5),
        stored in proptest::option::of("[ab]"),
        sent in proptest::option::of("[ab]"),
        device in 1_u8..3,
        grace in 0_u64..60,
        arrived in 900_i64..6_000,
        waited in 0_i64..10,
    ) -> Case {
        let mut case = Case { generation, ..Case::new() }.at(arrived);
        case.now = at(arrived + waited);
        case.family.revoked = revoked;
        case.family.rotation_key_hash = stored.as_deref().and_then(attempt);
        case.request.idempotency_key = sent.as_deref().and_then(attempt);
        case.request.device_hash = [device; 8];
        case.local.acknowledged = acknowledged;
        case.local.committed_at = committed_offset.and_then(|offset| {
            let distance = Duration::from_millis(offset.unsigned_abs());
            if offset < 0 { case.request.arrived.checked_sub(distance) } else { Some(case.request.arrived + distance) }
        });
        case.tolerance.grace = Duration::from_secs(grace);
        case
    }
}

proptest! {
    #[test]
    fn only_the_live_token_of_a_live_family_rotates(case in any_case()) {
        let live = case.family.revoked.is_none()
            && case.now < case.family.idle_expires_at
            && case.now < case.family.expires_at;
        prop_assert_eq!(case.decide() == Decision::Rotate, live && case.generation == case.family.generation);
    }

    #[test]
    fn only_the_previous_token_is_ever_answered_again(case in any_case()) {
        if case.decide() == Decision::Retry {
            prop_assert_eq!(case.generation + 1, case.family.generation);
            prop_assert!(case.family.revoked.is_none());
            let named = case.family.rotation_key_hash.is_some()
                && case.family.rotation_key_hash == case.request.idempotency_key;
            let graced = !case.local.acknowledged
                && case.now.since(case.family.rotated_at) < case.tolerance.grace
                && case.request.device_hash == case.family.device_hash;
            prop_assert!(named || graced);
        }
    }

    #[test]
    fn grandparents_of_a_live_family_always_end_it(mut case in any_case()) {
        case.family.revoked = None;
        case.family.idle_expires_at = at(1_000_000);
        case.family.expires_at = at(1_000_000);
        case.generation %= 4;
        prop_assert_eq!(case.decide(), Decision::Replay(ReplayClass::Stale));
    }

    #[test]
    fn a_tolerance_never_turns_into_a_rotation(case in any_case()) {
        let strict = Case { tolerance: STRICT, ..case };
        if strict.generation != strict.family.generation {
            prop_assert_ne!(strict.decide(), Decision::Rotate);
        }
    }
}
