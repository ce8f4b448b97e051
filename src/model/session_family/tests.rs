use proptest::prelude::*;

use super::fixture::{family, root_key, token};
use super::*;
use crate::model::assurance::Method;
use crate::model::family_key::RootKey;
use crate::secret::Secret;

const STRICT: Tolerance = Tolerance {
    grace: Duration::ZERO,
    retry_window: Duration::from_secs(600),
    derived_retry_window: Duration::from_secs(60),
    race_window: Duration::from_secs(10),
};
const GRACEFUL: Tolerance = Tolerance { grace: Duration::from_secs(30), ..STRICT };

/// One presentation, with everything that may vary.
#[derive(Clone, Debug)]
struct Case {
    family: SessionFamily,
    local: LocalKnowledge,
    generation: u64,
    attempt: Option<AttemptKey>,
    arrived: Timestamp,
    overtaken: bool,
    same_device: bool,
    tolerance: Tolerance,
    now: Timestamp,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn attempt(name: &str) -> Option<AttemptKey> {
    Some(AttemptKey::of(format!("attempt-{name:0>16}").as_bytes()).unwrap())
}

fn stored(name: &str) -> Option<IdempotencyKeyHash> {
    attempt(name).map(|attempt| attempt.hash)
}

impl Case {
    /// The live token at second 1 100, long after the rotation.
    fn new() -> Self {
        Self {
            family: family(),
            local: LocalKnowledge::default(),
            generation: 5,
            attempt: None,
            arrived: at(1_100),
            overtaken: false,
            same_device: true,
            tolerance: STRICT,
            now: at(1_100),
        }
    }

    fn previous() -> Self {
        Self { generation: 4, ..Self::new() }
    }

    /// A family whose rotation was named, and a request of this name.
    fn named(self, by: &str, sent: Option<&str>) -> Self {
        let family = SessionFamily { rotation_key_hash: stored(by), ..self.family };
        Self { family, attempt: sent.and_then(attempt), ..self }
    }

    fn at(mut self, seconds: i64) -> Self {
        self.now = at(seconds);
        self.arrived = at(seconds);
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
        let Self { attempt, arrived, overtaken, same_device, .. } = *self;
        let presented = Presented { token, key, attempt, arrived, overtaken, same_device };
        present(family, &self.local, &presented, &self.tolerance, self.now)
    }
}

fn rotation(at: Timestamp) -> Rotated {
    Rotated {
        key_id: RootKeyId(1),
        attempt: None,
        at,
        idle_timeout: Duration::from_secs(1_000),
        access_life: Duration::from_secs(600),
    }
}

#[test]
fn the_live_token_rotates() {
    assert_eq!(Case::new().decide(), Decision::Rotate);
}

#[test]
fn a_token_under_a_foreign_or_unknown_key_is_invalid() {
    let case = Case::new();
    let token = token(&case.family, 5);
    let foreign = RootKey::new(RootKeyId(1), Secret::new([8; 32])).family_key(&case.family.salt);
    let own = root_key().family_key(&case.family.salt);
    assert_eq!(case.decide_under(Some(&foreign)), Decision::Invalid);
    assert_eq!(case.decide_under(None), Decision::Invalid);
    let other = SessionFamily { id: Uuid::from_u128(1), ..case.family.clone() };
    assert_eq!(case.decide_as(&other, &token, Some(&own)), Decision::Invalid);
}

#[test]
fn forgery_is_looked_for_before_anything_else() {
    let family = SessionFamily { revoked: Some(RevokeReason::Logout), ..family() };
    assert_eq!(Case { family, ..Case::new() }.decide_under(None), Decision::Invalid);
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
fn what_the_index_knows_to_be_revoked_is_revoked_whatever_the_row_says() {
    for generation in [3, 4, 5, 6] {
        let local = LocalKnowledge { revoked: true, ..LocalKnowledge::default() };
        let case = Case { local, generation, ..Case::new() };
        assert_eq!(case.decide(), Decision::Revoked(RevokeReason::CredentialsChanged));
    }
}

#[test]
fn the_live_token_under_another_known_root_key_means_the_database_was_set_back() {
    let case = Case::new().named("a", Some("a")).at(1_001);
    let moved_on = SessionFamily { key_id: RootKeyId(2), ..case.family.clone() };
    let own = root_key().family_key(&case.family.salt);
    assert_eq!(case.decide_as(&moved_on, &token(&case.family, 5), Some(&own)), Decision::Regressed);
}

#[test]
fn the_live_token_under_the_key_of_its_own_rotation_is_unchanged_in_the_race_window() {
    let case = || Case::new().named("a", Some("a"));
    assert_eq!(case().at(1_010).decide(), Decision::Unchanged);
    assert_eq!(case().at(1_011).decide(), Decision::Rotate, "a name that is used twice is one too few");
    assert_eq!(case().named("a", Some("b")).at(1_001).decide(), Decision::Rotate);
    assert_eq!(case().named("a", None).at(1_001).decide(), Decision::Rotate);
}

#[test]
fn races_are_no_thefts_two_generations_deep() {
    for generation in [3, 4] {
        let case = |arrived| Case { generation, ..Case::new() }.at(arrived);
        for arrived in [900, 1_000, 1_010] {
            assert_eq!(case(arrived).decide(), Decision::InFlight, "generation {generation} at {arrived}");
            assert_eq!(case(arrived).named("a", Some("b")).decide(), Decision::InFlight);
        }
        assert_ne!(case(1_011).decide(), Decision::InFlight);
    }
    let deeper = Case { generation: 2, ..Case::new() }.at(1_001);
    assert_eq!(deeper.decide(), Decision::Replay(ReplayClass::Stale));
}

#[test]
fn what_counts_is_the_arrival_and_not_the_turn() {
    let mut waited = Case::previous();
    waited.arrived = at(1_009);
    waited.now = at(1_100);
    assert_eq!(waited.decide(), Decision::InFlight);
}

#[test]
fn a_request_that_was_overtaken_is_a_race_whatever_the_times_say() {
    for generation in [1, 3, 4] {
        let overtaken = Case { generation, overtaken: true, ..Case::new() };
        assert_eq!(overtaken.decide(), Decision::InFlight);
    }
    let named = Case { overtaken: true, ..Case::previous().named("a", Some("a")) };
    assert_eq!(named.decide(), Decision::Retry, "the other one was its own");
}

#[test]
fn without_names_a_lost_answer_and_a_theft_look_alike() {
    assert_eq!(Case::previous().decide(), Decision::Unconfirmed);
    let mut seen = Case::previous();
    seen.local.acknowledged = true;
    assert_eq!(seen.decide(), Decision::Unconfirmed);
}

#[test]
fn a_previous_token_under_another_name_is_a_replay() {
    let unnamed_rotation = Case { attempt: attempt("a"), ..Case::previous() };
    for case in [Case::previous().named("a", Some("b")), Case::previous().named("a", None), unnamed_rotation]
    {
        assert_eq!(case.decide(), Decision::Replay(ReplayClass::Previous));
        let local = LocalKnowledge { acknowledged: true, ..LocalKnowledge::default() };
        let seen = Case { local, ..case };
        assert_eq!(seen.decide(), Decision::Replay(ReplayClass::PreviousAcknowledged));
    }
}

#[test]
fn older_tokens_are_stale_under_any_name_and_tolerance() {
    for generation in 0..4 {
        let case = Case { generation, tolerance: GRACEFUL, ..Case::new() }.named("a", Some("a")).at(1_011);
        assert_eq!(case.decide(), Decision::Replay(ReplayClass::Stale));
    }
}

#[test]
fn a_later_generation_means_the_database_was_set_back() {
    assert_eq!(Case { generation: 6, ..Case::new() }.decide(), Decision::Regressed);
}

#[test]
fn a_named_retry_gets_its_answer_within_the_window() {
    let case = || Case::previous().named("a", Some("a"));
    for seconds in [999, 1_000, 1_599] {
        assert_eq!(case().at(seconds).decide(), Decision::Retry);
    }
    assert_eq!(case().at(1_600).decide(), Decision::RetryExpired);
    let mut seen = case();
    seen.local.acknowledged = true;
    assert_eq!(seen.decide(), Decision::Retry, "also after its access token was seen");
}

#[test]
fn a_name_that_follows_from_the_token_is_good_for_a_minute() {
    let key = AttemptKey::of(b"d.0123456789abcdef").unwrap();
    let case = |seconds| {
        let mut case = Case { attempt: Some(key), ..Case::previous() }.at(seconds);
        case.family.rotation_key_hash = Some(key.hash);
        case
    };
    assert_eq!(case(1_059).decide(), Decision::Retry);
    assert_eq!(case(1_060).decide(), Decision::RetryExpired);
    let mut shorter = case(1_020);
    shorter.tolerance.retry_window = Duration::from_secs(20);
    assert_eq!(shorter.decide(), Decision::RetryExpired, "never longer than any other");
}

#[test]
fn grace_covers_the_same_device_until_the_successor_is_seen() {
    let graced = || Case { tolerance: GRACEFUL, ..Case::previous() }.at(1_029);
    assert_eq!(graced().decide(), Decision::Retry);
    assert_eq!(graced().at(1_030).decide(), Decision::Unconfirmed);

    let mut acknowledged = graced();
    acknowledged.local.acknowledged = true;
    assert_eq!(acknowledged.decide(), Decision::Unconfirmed);
    assert_eq!(Case { same_device: false, ..graced() }.decide(), Decision::Unconfirmed);
    assert_eq!(Case { generation: 3, ..graced() }.decide(), Decision::Replay(ReplayClass::Stale));
}

#[test]
fn assurance_rises_with_a_new_generation() {
    let before = family();
    let after = before.reauthenticated(&rotation(at(1_500)), Amr::of(&[Method::OneTimePassword]));
    assert_eq!((after.generation, after.rotated_at, after.auth_time), (6, at(1_500), at(1_500)));
    assert_eq!((after.amr, after.aal), (before.amr.and(Amr::of(&[Method::OneTimePassword])), Aal::Two));
    assert!(!after.has_stepped_up(), "it is the generation's own proof");
    let again = after.reauthenticated(&rotation(at(1_600)), Amr::of(&[Method::Password]));
    assert_eq!(again.aal, Aal::Two, "assurance is never lowered");
}

#[test]
fn a_rotation_forgets_a_proof_from_the_future() {
    assert_eq!(family().rotated(&rotation(at(440))).auth_time, at(440));
    assert_eq!(family().rotated(&rotation(at(1_500))).auth_time, at(500));
}

#[test]
fn a_family_fits_its_size_class() {
    assert!(size_of::<SessionFamily>() <= 128, "{}", size_of::<SessionFamily>());
}

#[test]
fn a_rotation_carries_over_what_must_not_change() {
    let before = family();
    let facts = Rotated { key_id: RootKeyId(2), attempt: stored("a"), ..rotation(at(1_500)) };
    let after = before.rotated(&facts);
    assert_eq!((after.generation, after.key_id), (6, RootKeyId(2)));
    assert_eq!((after.rotation_key_hash, after.rotated_at), (stored("a"), at(1_500)));
    assert_eq!((after.idle_expires_at, after.access_expires_at), (at(2_500), at(2_100)));
    assert_eq!(
        (after.expires_at, after.auth_time, after.amr),
        (before.expires_at, before.auth_time, before.amr)
    );
    let facts = Rotated { idle_timeout: Duration::from_secs(100_000), ..facts };
    assert_eq!(
        before.rotated(&facts).idle_expires_at,
        before.expires_at,
        "idle life never passes the absolute one"
    );
}

prop_compose! {
    fn any_case()(
        generation in 0_u64..12,
        revoked in proptest::option::of(Just(RevokeReason::Logout)),
        indexed: bool,
        acknowledged: bool,
        by in proptest::option::of("[ab]"),
        sent in proptest::option::of("[ab]"),
        derived: bool,
        same_device: bool,
        overtaken: bool,
        grace in 0_u64..60,
        arrived in 900_i64..6_000,
        waited in 0_i64..10,
    ) -> Case {
        let mut case = Case { generation, same_device, overtaken, ..Case::new() }.at(arrived);
        case.now = at(arrived + waited);
        case.family.revoked = revoked;
        case.family.rotation_key_hash = by.as_deref().and_then(stored);
        case.attempt = sent.as_deref().and_then(attempt).map(|key| AttemptKey { derived, ..key });
        case.local = LocalKnowledge { acknowledged, revoked: indexed };
        case.tolerance.grace = Duration::from_secs(grace);
        case
    }
}

impl Case {
    fn is_live(&self) -> bool {
        self.family.revoked.is_none()
            && !self.local.revoked
            && self.now < self.family.idle_expires_at
            && self.now < self.family.expires_at
    }

    fn is_named(&self) -> bool {
        self.attempt.is_some_and(|attempt| self.family.rotation_key_hash == Some(attempt.hash))
    }
}

proptest! {
    #[test]
    fn only_the_live_token_of_a_live_family_rotates(case in any_case()) {
        let is_live_token = case.is_live() && case.generation == case.family.generation;
        match case.decide() {
            Decision::Rotate | Decision::Unchanged => prop_assert!(is_live_token),
            _ => prop_assert!(!is_live_token),
        }
    }

    #[test]
    fn only_the_live_and_the_previous_token_are_ever_answered_again(case in any_case()) {
        match case.decide() {
            Decision::Unchanged => prop_assert!(case.is_named() && case.generation == case.family.generation),
            Decision::Retry => {
                prop_assert!(case.is_live());
                prop_assert_eq!(case.generation + 1, case.family.generation);
                let graced = !case.local.acknowledged
                    && case.now.since(case.family.rotated_at) < case.tolerance.grace
                    && case.same_device;
                prop_assert!(case.is_named() || graced);
            }
            _ => {}
        }
    }

    #[test]
    fn reuse_outside_the_race_window_always_ends_a_live_family(mut case in any_case()) {
        case.family.idle_expires_at = at(1_000_000);
        case.family.expires_at = at(1_000_000);
        case.family.revoked = None;
        case.local.revoked = false;
        case.overtaken = false;
        case.generation %= 4;
        case = case.clone().at(1_011 + case.now.since(at(900)).as_secs().cast_signed());
        prop_assert_eq!(case.decide(), Decision::Replay(ReplayClass::Stale));
    }

    #[test]
    fn no_race_hands_anything_out(case in any_case()) {
        if case.decide() == Decision::InFlight {
            prop_assert!(case.is_live() && case.generation < case.family.generation);
            prop_assert!(!(case.is_named() && case.generation + 1 == case.family.generation));
        }
    }
}
