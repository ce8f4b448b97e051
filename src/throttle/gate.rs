//! The place at which a CAPTCHA takes the decision over from a limit.

use async_trait::async_trait;

use crate::secret::Secret;

/// The result of verifying the answer to a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right, and is now used up.
    Passed,
    Missing,
    Wrong,
    /// It cannot be verified at present: the limit refuses as it would without challenges.
    Unavailable,
}

/// Verifies answers to challenges, such as a proof of work.
#[async_trait]
pub trait ChallengeGate: Send + Sync {
    /// Verifies the answer of a login, once.
    async fn verify(&self, answer: Option<&Secret<String>>) -> Verdict;
}
