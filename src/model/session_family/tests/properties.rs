//! What holds of every decision, whatever is presented.

use proptest::prelude::*;

use super::*;

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
    fn reuse_outside_the_race_window_always_revokes_a_live_family(mut case in any_case()) {
        case.family.idle_expires_at = at(1_000_000);
        case.family.expires_at = at(1_000_000);
        case.family.revoked = None;
        case.local.revoked = false;
        case.overtaken = false;
        case.generation %= 4;
        case = case.clone().at(1_011 + case.now.since(at(900)).as_secs().cast_signed());
        prop_assert_eq!(case.decide(), Decision::Reuse(ReuseClass::Stale));
    }

    #[test]
    fn no_race_hands_anything_out(case in any_case()) {
        if case.decide() == Decision::InFlight {
            prop_assert!(case.is_live() && case.generation < case.family.generation);
            prop_assert!(!(case.is_named() && case.generation + 1 == case.family.generation));
        }
    }
}
