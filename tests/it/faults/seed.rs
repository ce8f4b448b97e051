//! Chance that can be had again: every test prints its seed, and `KINDRED_TEST_SEED` sets it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// SplitMix64: short, and good enough to choose moments and victims.
pub struct Rng(u64);

impl Rng {
    /// A generator whose seed appears in the output of `test`, should it fail.
    pub fn new(test: &str) -> Rng {
        let given = std::env::var("KINDRED_TEST_SEED").ok();
        let seed = given.map_or_else(
            || RandomState::new().build_hasher().finish(),
            |seed| seed.parse().expect("KINDRED_TEST_SEED is a number"),
        );
        eprintln!("{test}: KINDRED_TEST_SEED={seed}");
        Rng(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("it is below the bound")
    }

    /// A generator for another task.
    pub fn fork(&mut self) -> Rng {
        Rng(self.next())
    }

    /// Lets traffic run for a random time. The moment of a fault is the one thing no condition tells.
    pub async fn while_traffic_runs(&mut self, up_to: Duration) {
        let millis = usize::try_from(up_to.as_millis()).expect("a short time");
        tokio::time::sleep(Duration::from_millis(self.below(millis) as u64)).await;
    }
}

#[test]
fn a_seed_gives_the_same_numbers_again() {
    let numbers =
        |seed| (0..8).map(|_| seed).scan(Rng(seed), |rng, _| Some(rng.below(100))).collect::<Vec<_>>();
    assert_eq!(numbers(7), numbers(7));
    assert_ne!(numbers(7), numbers(8));
    assert!(numbers(9).iter().all(|number| *number < 100));
}
