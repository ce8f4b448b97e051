use std::sync::Arc;

use super::hasher::{Hasher, Verification};
use super::*;
use crate::entropy::OsEntropy;

fn costs(memory_kib: u32, iterations: u32, threads: usize, queue: usize) -> Password {
    Password { memory_kib, iterations, parallelism: 1, min_length: 8, threads, queue }
}

fn hasher(memory_kib: u32) -> Hasher {
    Hasher::new(&costs(memory_kib, 1, 1, 1), Arc::new(OsEntropy))
}

fn prepared(text: &str) -> PreparedPassword {
    PreparedPassword::prepare(text).unwrap()
}

#[test]
fn a_hash_names_its_parameters_and_matches_its_password_only() {
    let stored = hasher(16).hash("lantern orbit").unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=16,t=1,p=1$"), "{stored}");
    assert_eq!(hasher(16).verify("lantern orbit", &stored), Ok(Verification::Match { outdated: false }));
    assert_eq!(hasher(16).verify("lantern orbit ", &stored), Ok(Verification::Mismatch));
    assert_ne!(hasher(16).hash("lantern orbit").unwrap(), stored, "every hash has its own salt");
}

#[test]
fn other_parameters_still_match_and_are_outdated() {
    let stored = hasher(16).hash("lantern orbit").unwrap();
    assert_eq!(hasher(32).verify("lantern orbit", &stored), Ok(Verification::Match { outdated: true }));
}

/// From the reference implementation: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1`.
#[test]
fn the_reference_vector_matches() {
    let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assert_eq!(hasher(16).verify("password", stored), Ok(Verification::Match { outdated: true }));
}

/// From the reference implementation's test.c: the other variants, and the version before 1.3.
#[test]
fn what_other_systems_have_hashed_matches_and_is_outdated() {
    for stored in [
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
        "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
    ] {
        assert_eq!(
            hasher(16).verify("password", stored),
            Ok(Verification::Match { outdated: true }),
            "{stored}"
        );
        assert_eq!(hasher(16).verify("Password", stored), Ok(Verification::Mismatch), "{stored}");
    }
}

#[test]
fn damaged_and_hostile_hashes_fail_closed() {
    for bad in [
        "",
        "plain text",
        "$argon2id$v=19$m=16,t=1,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=16,t=4294967295,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$bcrypt$v=98$r=10$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        assert_eq!(hasher(16).verify("password", bad), Err(HashError::Failed), "{bad}");
    }
}

#[tokio::test]
async fn an_unknown_user_costs_the_same_and_never_matches() {
    let pool =
        PasswordPool::start(&costs(16, 1, 1, 4), Arc::new(OsEntropy), Metrics::new().unwrap()).unwrap();
    assert_eq!(pool.verify(prepared("anything at all"), None).await, Ok(Verification::Mismatch));
    let stored = pool.hash(prepared("lantern orbit")).await.unwrap();
    let verdict = pool.verify(prepared("lantern orbit"), Some(&stored)).await;
    assert_eq!(verdict, Ok(Verification::Match { outdated: false }));
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let metrics = Metrics::new().unwrap();
    let pool = PasswordPool::start(&costs(64 * 1024, 3, 1, 1), Arc::new(OsEntropy), metrics.clone()).unwrap();
    let flood = (0..20).map(|_| pool.hash(prepared("lantern orbit")));
    let results = futures_util::future::join_all(flood).await;
    let refused = results.iter().filter(|result| **result == Err(HashError::Overloaded)).count();
    assert!(refused >= 17, "one hashes and one waits: {refused}");
    assert_eq!(metrics.hash_rejected.get(), refused as u64);
    assert_eq!(metrics.hash_queue_depth.get(), 0);
}
