//! Injected randomness.

use uuid::Uuid;

use crate::clock::Timestamp;

/// A source of cryptographically secure random bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer. A source that cannot give randomness must not return.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's generator, through AWS-LC.
#[derive(Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's generator")]
    #[expect(clippy::expect_used, reason = "without randomness nothing may be issued: fail closed")]
    fn fill(&self, buffer: &mut [u8]) {
        aws_lc_rs::rand::fill(buffer).expect("the system's random generator works");
    }
}

/// `N` fresh random bytes.
pub fn bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut buffer = [0; N];
    entropy.fill(&mut buffer);
    buffer
}

/// A time-ordered identifier (RFC 9562 §5.7): 48 bits of milliseconds, 74 random bits.
pub fn uuid_v7(entropy: &dyn Entropy, now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.as_micros() / 1000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes(entropy)).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_and_ordered_by_time() {
        let first = uuid_v7(&OsEntropy, Timestamp::from_unix_seconds(1_000));
        let second = uuid_v7(&OsEntropy, Timestamp::from_unix_seconds(1_001));
        assert_eq!(first.get_version_num(), 7);
        assert!(first < second);
    }
}
