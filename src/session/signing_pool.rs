//! Signs access tokens. A signature with RSA takes a processor for more than a millisecond: so few of them are made at a
//! time, on threads that serve no requests, and few requests may wait for that. Other signatures are made at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use crate::admission::{Overloaded, Pool, Size};
use crate::crypto::signer::{BadKey, Signer};
use crate::model::access_token::Claims;
use crate::secret::Secret;

/// How many requests may wait for each place: about a fifth of a second.
const WAITING: usize = 128;

/// Why there is no token. Asked again with the same refresh token, the server issues the same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// Too many signatures are waiting already.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The key that is needed is not known here, or cannot sign.
    #[error(transparent)]
    Key(#[from] BadKey),
}

/// Signs, and limits what is slow.
pub struct SigningPool {
    signer: Arc<Signer>,
    places: Pool,
}

impl SigningPool {
    /// One place for each processor but one, which is left to everything else.
    pub fn new(signer: Arc<Signer>) -> Self {
        let processors = available_parallelism().map_or(1, NonZeroUsize::get);
        Self::with_places(signer, processors.saturating_sub(1).max(1), WAITING)
    }

    fn with_places(signer: Arc<Signer>, places: usize, waiting: usize) -> Self {
        Self { signer, places: Pool::new(Size { places, waiting: places * waiting, share: places }) }
    }

    /// Signs the claims with the active key.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn sign(&self, claims: Claims) -> Result<Secret<String>, IssueError> {
        if !self.signer.is_slow() {
            return Ok(self.signer.sign(&claims)?);
        }
        let place = self.places.enter().await?;
        let signer = Arc::clone(&self.signer);
        let signing = tokio::task::spawn_blocking(move || {
            // Returned when the signature is there, even if the request has been given up.
            let _place = place;
            signer.sign(&claims)
        });
        Ok(signing.await.map_err(|_| BadKey)??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::signer::tests::fixture::{claims, signer_of};
    use crate::model::signing_algorithm::{Ed25519Name, SigningAlgorithm};

    #[tokio::test]
    async fn slow_signatures_wait_for_a_place_and_others_do_not() {
        for (algorithm, is_limited) in [(SigningAlgorithm::Es256, false), (SigningAlgorithm::Rs256, true)] {
            let signer = Arc::new(signer_of(algorithm, Ed25519Name::Ed25519));
            let pool = SigningPool::with_places(Arc::clone(&signer), 1, 0);
            let claims = claims();
            let token = pool.sign(claims.clone()).await.unwrap();
            assert_eq!(signer.verify(token.expose()).unwrap().1, claims);
            let _place = pool.places.enter().await.unwrap();
            let refused = pool.sign(claims).await.err();
            assert_eq!(refused, is_limited.then_some(IssueError::Overloaded(Overloaded)));
        }
    }
}
