//! What a presented token gets, rule by rule.

mod generations;
mod properties;
mod table;

use super::fixture::{family, root_key, token};
use super::*;
use crate::model::family_key::RootKey;
use crate::model::transport::Transport;
use crate::secret::Secret;

const STRICT: Tolerance = Tolerance {
    grace: Duration::ZERO,
    retry_window: Duration::from_secs(600),
    derived_retry_window: Duration::from_secs(60),
    race_window: Duration::from_secs(10),
    regressed: RegressedPolicy::End,
};
const GRACEFUL: Tolerance = Tolerance { grace: Duration::from_secs(30), ..STRICT };
const ADOPTING: Tolerance = Tolerance { regressed: RegressedPolicy::Adopt, ..STRICT };

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
        let transport = Transport::Bearer;
        let presented = Presented { token, key, attempt, arrived, overtaken, same_device, transport };
        present(family, &self.local, &presented, &self.tolerance, self.now)
    }
}

#[test]
fn the_live_token_rotates() {
    assert_eq!(Case::new().decide(), Decision::Rotate);
}

#[test]
fn a_token_counts_in_its_own_transport_only() {
    let case = Case::new();
    let own = root_key().family_key(&case.family.salt);
    let in_cookies = SessionFamily { transport: Transport::Cookie, ..case.family.clone() };
    for generation in [5, 4, 3] {
        let token = token(&case.family, generation);
        assert_eq!(case.decide_as(&in_cookies, &token, Some(&own)), Decision::Invalid, "nothing is revoked");
    }
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
fn authenticity_is_checked_before_anything_else() {
    let family = SessionFamily { revoked: Some(RevokeReason::Logout), ..family() };
    assert_eq!(Case { family, ..Case::new() }.decide_under(None), Decision::Invalid);
}

#[test]
fn a_revoked_family_raises_no_alarm_whatever_is_presented() {
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
    let adopting = Case { tolerance: ADOPTING, ..case.clone() };
    assert_eq!(adopting.decide_as(&moved_on, &token(&case.family, 5), Some(&own)), Decision::Adopt);
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
    assert_eq!(deeper.decide(), Decision::Reuse(ReuseClass::Stale));
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
fn a_previous_token_under_another_name_is_reuse() {
    let unnamed_rotation = Case { attempt: attempt("a"), ..Case::previous() };
    for case in [Case::previous().named("a", Some("b")), Case::previous().named("a", None), unnamed_rotation]
    {
        assert_eq!(case.decide(), Decision::Reuse(ReuseClass::Previous));
        let local = LocalKnowledge { acknowledged: true, ..LocalKnowledge::default() };
        let seen = Case { local, ..case };
        assert_eq!(seen.decide(), Decision::Reuse(ReuseClass::PreviousAcknowledged));
    }
}

#[test]
fn older_tokens_are_stale_under_any_name_and_tolerance() {
    for generation in 0..4 {
        let case = Case { generation, tolerance: GRACEFUL, ..Case::new() }.named("a", Some("a")).at(1_011);
        assert_eq!(case.decide(), Decision::Reuse(ReuseClass::Stale));
    }
}

#[test]
fn a_later_generation_means_the_database_was_set_back() {
    assert_eq!(Case { generation: 6, ..Case::new() }.decide(), Decision::Regressed);
}

#[test]
fn a_later_generation_is_adopted_where_that_is_the_policy_and_nothing_else_changes() {
    let case = |generation| Case { generation, tolerance: ADOPTING, ..Case::new() };
    for generation in 6..9 {
        assert_eq!(case(generation).decide(), Decision::Adopt);
        let local = LocalKnowledge { revoked: true, ..LocalKnowledge::default() };
        let known_to_have_ended = Case { local, ..case(generation) };
        assert_eq!(known_to_have_ended.decide(), Decision::Revoked(RevokeReason::CredentialsChanged));
    }
    for generation in 0..6 {
        let strict = Case { generation, ..Case::new() };
        assert_eq!(case(generation).decide(), strict.decide());
    }
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
    assert_eq!(Case { generation: 3, ..graced() }.decide(), Decision::Reuse(ReuseClass::Stale));
}

/// Dashboards, alerts and readers of events know these names.
#[test]
fn the_classes_of_reuse_keep_their_names() {
    assert_eq!(ReuseClass::ALL.map(ReuseClass::as_str), ["previous", "previous_acknowledged", "stale"]);
}

#[test]
fn only_an_authentication_after_the_rotation_is_a_step_up_within_the_generation() {
    let rotated = family().rotated_at;
    for (auth_time, is_later) in [(at(999), false), (rotated, false), (at(1_001), true)] {
        let family = SessionFamily { auth_time, ..family() };
        assert_eq!(family.has_stepped_up(), is_later, "{auth_time:?}");
        assert_eq!(family.issued_at(), auth_time.max(rotated), "{auth_time:?}");
    }
}

#[test]
fn a_refresh_token_ends_with_its_family_at_the_latest() {
    assert_eq!(family().refresh_expires_at(), at(2_000));
    let nearly_over = SessionFamily { expires_at: at(1_500), ..family() };
    assert_eq!(nearly_over.refresh_expires_at(), at(1_500));
}
