//! Random numbers that a seed repeats: SplitMix64.

pub struct Rng(u64);

impl Rng {
    pub const fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("less than a usize")
    }

    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A new `Idempotency-Key`.
    pub fn key(&mut self) -> String {
        format!("attempt-{:016x}", self.next())
    }
}

#[test]
fn a_seed_repeats_its_numbers() {
    let draw = |seed| {
        let mut rng = Rng::new(seed);
        [rng.next(), rng.next(), rng.next()]
    };
    assert_eq!(draw(7), draw(7));
    assert_ne!(draw(7), draw(8));
}
