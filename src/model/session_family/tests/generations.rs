//! What a family is in its next generation.

use super::*;
use crate::model::assurance::Method;

const NEXT: NextGeneration = NextGeneration {
    key_id: RootKeyId(1),
    rotation_key_hash: None,
    idle_timeout: Duration::from_secs(1_000),
    access_life: Duration::from_secs(600),
};

#[test]
fn assurance_rises_with_a_new_generation() {
    let before = family();
    let after = before.reauthenticated(&NEXT, at(1_500), Amr::of(&[Method::OneTimePassword]));
    assert_eq!((after.generation, after.rotated_at, after.auth_time), (6, at(1_500), at(1_500)));
    assert_eq!((after.amr, after.aal), (before.amr.and(Amr::of(&[Method::OneTimePassword])), Aal::Two));
    assert!(!after.has_stepped_up(), "it is the generation's own authentication");
    let again = after.reauthenticated(&NEXT, at(1_600), Amr::of(&[Method::Password]));
    assert_eq!(again.aal, Aal::Two, "assurance is never lowered");
}

#[test]
fn a_rotation_forgets_an_authentication_from_the_future() {
    assert_eq!(family().rotated(&NEXT, at(440)).auth_time, at(440));
    assert_eq!(family().rotated(&NEXT, at(1_500)).auth_time, at(500));
}

#[test]
fn a_family_fits_its_size_class() {
    assert!(size_of::<SessionFamily>() <= 128, "{}", size_of::<SessionFamily>());
}

#[test]
fn a_rotation_carries_over_what_must_not_change() {
    let before = family();
    let next = NextGeneration { key_id: RootKeyId(2), rotation_key_hash: stored("a"), ..NEXT };
    let after = before.rotated(&next, at(1_500));
    assert_eq!((after.generation, after.key_id), (6, RootKeyId(2)));
    assert_eq!((after.rotation_key_hash, after.rotated_at), (stored("a"), at(1_500)));
    assert_eq!((after.idle_expires_at, after.access_expires_at), (at(2_500), at(2_100)));
    assert_eq!(
        (after.expires_at, after.auth_time, after.amr),
        (before.expires_at, before.auth_time, before.amr)
    );
    let next = NextGeneration { idle_timeout: Duration::from_secs(100_000), ..next };
    assert_eq!(
        before.rotated(&next, at(1_500)).idle_expires_at,
        before.expires_at,
        "idle life never passes the absolute one"
    );
}
