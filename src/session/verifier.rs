//! Who calls, by their access token and without the database.
//!
//! A signature is checked once and remembered by the token's digest; what can change is checked at
//! every use: the key's state, the times, and whether the family is revoked.

use std::sync::Arc;

use aws_lc_rs::digest;
use moka::sync::Cache;
use uuid::Uuid;

use super::registry::Registry;
use super::revocation::RevocationIndex;
use crate::clock::Clock;
use crate::crypto::signer::{Signer, VerifyError};
use crate::model::access_token::{Claims, ClaimsError, Terms};
use crate::model::principal::ActingSession;
use crate::model::revocation::key_entry;
use crate::telemetry::metrics::Metrics;

/// The caller whom an access token authenticates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// The claim `sub`.
    pub user_id: Uuid,
    /// The claim `sid`: the family.
    pub session_id: Uuid,
    /// All claims, as they were signed.
    pub claims: Claims,
    kid: String,
    /// By which the revocation index knows the key.
    key_entry: Uuid,
}

impl Authenticated {
    /// The acting session, to be looked at again in the transaction of the change that it asks for.
    pub const fn acting_session(&self) -> ActingSession {
        ActingSession { user_id: self.user_id, session_id: self.session_id }
    }
}

/// Why an access token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is malformed, has another issuer or audience, or its signature or key is not accepted.
    #[error("the access token is not valid")]
    Invalid,
    /// Its `exp` has passed; a refresh brings a new one.
    #[error("the access token has expired")]
    Expired,
    /// Its family is in the revocation index.
    #[error("the session is revoked")]
    Revoked,
    /// This node does not know what other nodes have revoked.
    #[error("revocations cannot be checked")]
    Unavailable,
}

/// Verifies access tokens.
pub struct Verifier {
    /// Knows the keys whose signatures are accepted.
    pub signer: Arc<Signer>,
    /// Asked at every use.
    pub index: Arc<RevocationIndex>,
    /// Told that a token is in use, which acknowledges its generation.
    pub registry: Arc<Registry>,
    /// Compared with `exp`, `nbf` and `iat`.
    pub clock: Arc<dyn Clock>,
    /// The issuer and the audience that are accepted.
    pub terms: Arc<Terms>,
    /// Counts tokens under unknown keys.
    pub metrics: Metrics,
    /// Tokens whose signature was right, by the SHA-256 digest of the token (`tokens.verified_cache`).
    pub verified: Cache<[u8; 32], Arc<Authenticated>>,
}

impl Verifier {
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str) -> Result<Arc<Authenticated>, TokenError> {
        let caller = self.authenticate(token)?;
        if !self.signer.accepts(&caller.kid) || self.index.contains(caller.key_entry) {
            return Err(TokenError::Invalid);
        }
        caller.claims.check(&self.terms, self.clock.now()).map_err(|refusal| match refusal {
            ClaimsError::Invalid => TokenError::Invalid,
            ClaimsError::Expired => TokenError::Expired,
        })?;
        if self.index.contains(caller.session_id) {
            return Err(TokenError::Revoked);
        }
        if !self.index.is_fresh() {
            return Err(TokenError::Unavailable);
        }
        Ok(caller)
    }

    /// Checks form and signature, which never change for a given text.
    fn authenticate(&self, token: &str) -> Result<Arc<Authenticated>, TokenError> {
        let mut key = [0; 32];
        key.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        if let Some(caller) = self.verified.get(&key) {
            return Ok(caller);
        }
        let (kid, claims) = self.signer.verify(token).map_err(|error| {
            if error == VerifyError::UnknownKey {
                self.metrics.unknown_kid.inc();
            }
            TokenError::Invalid
        })?;
        self.registry.acknowledge(claims.sid, claims.generation);
        let (user_id, session_id, key_entry) = (claims.sub, claims.sid, key_entry(&kid));
        let caller = Arc::new(Authenticated { user_id, session_id, claims, kid, key_entry });
        self.verified.insert(key, Arc::clone(&caller));
        Ok(caller)
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Verifier")
    }
}
