//! The table of `docs/sessions.md`, row by row, against the function that decides, for every combination of the facts and
//! on both sides of each limit. Row 1 has tests of its own: what is not authentic has no other facts.

use super::*;

/// Seconds from the rotation to now: before it, and around the limits of the race, the grace, a derived key, a retry and
/// the idle expiry.
const AGES: [i64; 12] = [-1, 0, 10, 11, 29, 30, 59, 60, 599, 600, 999, 1_000];
/// Seconds from the arrival to now.
const WAITS: [i64; 2] = [0, 20];
const ROTATED: i64 = 1_000;
const CURRENT: u64 = 5;

/// What a row of the table is about.
#[derive(Debug)]
struct Facts {
    case: Case,
    /// How many generations the token is behind.
    behind: i64,
    /// The row names another root key than the token.
    moved: bool,
    /// The request has the key of the rotation.
    same_key: bool,
    age: i64,
    arrival: i64,
}

type Row = (usize, fn(&Facts) -> Option<Decision>);

/// In the order of the table: the first that applies decides.
const TABLE: [Row; 11] = [
    (2, |facts| match facts.case.family.revoked {
        Some(reason) => Some(Decision::Revoked(reason)),
        None => facts.case.local.revoked.then_some(Decision::Revoked(RevokeReason::CredentialsChanged)),
    }),
    (3, |facts| (facts.age >= 1_000).then_some(Decision::Expired)),
    (4, |facts| {
        let is_ahead = facts.behind < 0 || (facts.behind == 0 && facts.moved);
        is_ahead.then_some(match facts.case.tolerance.regressed {
            RegressedPolicy::End => Decision::Regressed,
            RegressedPolicy::Adopt => Decision::Adopt,
        })
    }),
    (5, |facts| (facts.behind == 0 && facts.same_key && facts.arrival <= 10).then_some(Decision::Unchanged)),
    (6, |facts| (facts.behind == 0).then_some(Decision::Rotate)),
    (7, |facts| {
        let window = if facts.case.attempt.is_some_and(|attempt| attempt.derived) { 60 } else { 600 };
        (facts.behind == 1 && facts.same_key && facts.age < window).then_some(Decision::Retry)
    }),
    (8, |facts| (facts.behind == 1 && facts.same_key).then_some(Decision::RetryExpired)),
    (9, |facts| {
        let grace = facts.case.tolerance.grace.as_secs().cast_signed();
        let is_graced = facts.age.max(0) < grace && !facts.case.local.acknowledged && facts.case.same_device;
        (facts.behind == 1 && is_graced).then_some(Decision::Retry)
    }),
    (10, |facts| {
        let is_race = facts.behind <= 2 && facts.arrival <= 10;
        (is_race || facts.case.overtaken).then_some(Decision::InFlight)
    }),
    (11, |facts| {
        let is_nameless = facts.case.attempt.is_none() && facts.case.family.rotation_key_hash.is_none();
        (facts.behind == 1 && is_nameless).then_some(Decision::Unconfirmed)
    }),
    (12, |facts| {
        Some(Decision::Reuse(match (facts.behind, facts.case.local.acknowledged) {
            (1, true) => ReuseClass::PreviousAcknowledged,
            (1, false) => ReuseClass::Previous,
            _ => ReuseClass::Stale,
        }))
    }),
];

impl Facts {
    fn of(case: Case) -> Self {
        let now = case.now.unix_seconds();
        Self {
            behind: CURRENT.cast_signed() - case.generation.cast_signed(),
            moved: case.family.key_id != RootKeyId(1),
            same_key: case.attempt.is_some_and(|sent| case.family.rotation_key_hash == Some(sent.hash)),
            age: now - ROTATED,
            arrival: case.arrived.unix_seconds() - ROTATED,
            case,
        }
    }

    /// The row that applies, and what it says.
    fn look_up(&self) -> (usize, Decision) {
        let said = TABLE.iter().find_map(|(number, row)| row(self).map(|decision| (*number, decision)));
        said.expect("the last row applies to all that is left")
    }
}

/// Every combination of these; each closure sets one fact to each of its values.
fn cases() -> Vec<Case> {
    let mut cases = vec![Case::new()];
    let mut vary = |values: &dyn Fn(&Case) -> Vec<Case>| {
        cases = cases.iter().flat_map(values).collect();
    };
    vary(&|case| (2..=6).map(|generation| Case { generation, ..case.clone() }).collect());
    vary(&|case| {
        let ended = SessionFamily { revoked: Some(RevokeReason::Logout), ..case.family.clone() };
        let indexed = LocalKnowledge { revoked: true, ..case.local };
        vec![case.clone(), Case { family: ended, ..case.clone() }, Case { local: indexed, ..case.clone() }]
    });
    vary(&|case| {
        let moved = SessionFamily { key_id: RootKeyId(2), ..case.family.clone() };
        vec![case.clone(), Case { family: moved, ..case.clone() }]
    });
    vary(&|case| {
        let named = SessionFamily { rotation_key_hash: stored("a"), ..case.family.clone() };
        vec![case.clone(), Case { family: named, ..case.clone() }]
    });
    vary(&|case| {
        let derived = attempt("a").map(|key| AttemptKey { derived: true, ..key });
        [None, attempt("a"), attempt("b"), derived].map(|attempt| Case { attempt, ..case.clone() }).to_vec()
    });
    vary(&|case| {
        let flags = |acknowledged, same_device, overtaken| Case {
            local: LocalKnowledge { acknowledged, ..case.local },
            same_device,
            overtaken,
            ..case.clone()
        };
        vec![
            flags(false, false, false),
            flags(false, true, false),
            flags(true, true, false),
            flags(true, false, true),
            flags(false, true, true),
        ]
    });
    vary(&|case| [STRICT, GRACEFUL, ADOPTING].map(|tolerance| Case { tolerance, ..case.clone() }).to_vec());
    cases
}

#[test]
fn the_function_says_what_the_table_says() {
    let own = root_key().family_key(&family().salt);
    let tokens: Vec<RefreshToken> = (0..=6).map(|generation| token(&family(), generation)).collect();
    let mut reached = [0_u32; 13];
    for case in cases() {
        let presented = &tokens[usize::try_from(case.generation).unwrap()];
        for (age, wait) in AGES.into_iter().flat_map(|age| WAITS.map(|wait| (age, wait))) {
            let moment = Case { now: at(ROTATED + age), arrived: at(ROTATED + age - wait), ..case.clone() };
            let decided = moment.decide_as(&moment.family, presented, Some(&own));
            let facts = Facts::of(moment);
            let (row, said) = facts.look_up();
            assert_eq!(decided, said, "row {row}: {facts:?}");
            reached[row] += 1;
        }
    }
    let unreached: Vec<usize> = (2..=12).filter(|row| reached[*row] == 0).collect();
    assert!(unreached.is_empty(), "no case for the rows {unreached:?}");
}
