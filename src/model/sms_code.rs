//! The code in an SMS.

use super::family_key::equal;
use super::typed_code::six_digits;
use crate::entropy::{Entropy, bytes};
use crate::secret::Secret;

/// The number of possible codes: six digits (NIST SP 800-63B-4 §3.1.3.2).
const CODES: u32 = 1_000_000;
/// Draws from here on are repeated, because they would make the low codes more likely than the high ones.
const FAIR: u32 = u32::MAX - u32::MAX % CODES;
const DIGITS: usize = 6;

/// Six digits.
#[derive(Clone, Debug)]
pub struct SmsCode(Secret<String>);

impl SmsCode {
    /// A new code; all codes are equally likely.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        loop {
            let draw = u32::from_be_bytes(bytes(entropy));
            if draw < FAIR {
                return Self(Secret::new(format!("{:0DIGITS$}", draw % CODES)));
            }
        }
    }

    /// Reads a code as a user typed it. `None` unless it is six digits.
    pub fn parse(typed: &str) -> Option<Self> {
        six_digits(typed).map(Self)
    }

    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Compares in constant time.
    pub fn is(&self, stored: &[u8]) -> bool {
        equal(self.expose().as_bytes(), stored)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn every_digit_is_as_likely_at_every_place() {
        const DRAWN: usize = 10_000;
        let mut counts = [[0_usize; 10]; DIGITS];
        let mut seen = std::collections::HashSet::new();
        for _ in 0..DRAWN {
            let code = SmsCode::generate(&OsEntropy);
            assert_eq!(code.expose().len(), DIGITS);
            for (place, digit) in code.expose().bytes().enumerate() {
                counts[place][usize::from(digit - b'0')] += 1;
            }
            seen.insert(code.expose().to_owned());
        }
        // χ² with 9 degrees of freedom stays below 45 but for one time in a million.
        for (place, counts) in counts.iter().enumerate() {
            let expected = DRAWN as f64 / 10.0;
            let chi: f64 = counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
            assert!(chi < 45.0, "place {place}: {counts:?}");
        }
        // Of 10 000 draws out of a million about 50 meet an earlier one.
        assert!(seen.len() > DRAWN - 150, "{} of {DRAWN} differ", seen.len());
    }

    /// Gives these draws, one after the other.
    struct Draws(Vec<u32>, AtomicUsize);

    impl Entropy for Draws {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.copy_from_slice(&self.0[self.1.fetch_add(1, Ordering::Relaxed)].to_be_bytes());
        }
    }

    #[test]
    fn unfair_draws_are_drawn_again() {
        let draw = |draws: &[u32]| {
            let draws = Draws(draws.to_vec(), AtomicUsize::new(0));
            SmsCode::generate(&draws).expose().to_owned()
        };
        assert_eq!(FAIR, 4_294_000_000);
        assert_eq!(draw(&[u32::MAX, FAIR, 42]), "000042");
        assert_eq!(draw(&[FAIR - 1]), "999999");
    }

    #[test]
    fn what_was_typed_is_read() {
        let code = SmsCode::parse(" ０12 345\n").unwrap();
        assert!(code.is(b"012345") && !code.is(b"012346") && !code.is(b"12345"));
        for text in ["", "12345", "1234567", "12345a", "-12345"] {
            assert!(SmsCode::parse(text).is_none(), "{text:?}");
        }
        assert!(!format!("{code:?}").contains("012345"));
    }
}
