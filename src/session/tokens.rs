//! The tokens of a family's current generation. They are derived and signed outside the actors, because signing is the
//! most expensive step of a refresh.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::crypto::signer::{BadKey, Signer};
use crate::keys::root_keys::{NotRead, RootKeys};
use crate::model::access_token::{Claims, Terms};
use crate::model::account::UserFacts;
use crate::model::family_key::FamilyKey;
use crate::model::refresh_token::RefreshToken;
use crate::model::session_family::SessionFamily;
use crate::secret::Secret;

/// What a login or refresh gives to the client (RFC 6749 §5.1).
#[derive(Debug)]
pub struct IssuedTokens {
    /// A JWT (RFC 9068).
    pub access_token: Secret<String>,
    /// Until the access token's `exp`; zero if a late retry finds it past.
    pub expires_in: Duration,
    /// Derived from the family, so it is the same whenever it is asked for.
    pub refresh_token: Secret<String>,
    /// Until the earlier of the idle and the absolute expiry.
    pub refresh_expires_in: Duration,
    /// The family of the tokens.
    pub family: SessionFamily,
    /// The user whom the access token describes.
    pub user: UserFacts,
    /// The session can do nothing but enroll a second factor.
    pub mfa_enrollment_required: bool,
}

/// Derives refresh tokens and signs access tokens.
pub struct TokenIssuer {
    /// Refresh tokens are derived under them.
    pub root_keys: Arc<RootKeys>,
    /// Signs access tokens under the active signing key.
    pub signer: Arc<Signer>,
    /// Counts the lifetimes that the client is told.
    pub clock: Arc<dyn Clock>,
    /// Issuer, audience and lifetime of access tokens.
    pub terms: Arc<Terms>,
}

impl TokenIssuer {
    /// Derives both tokens of the family's current generation, with the family's key under that generation's root
    /// key; asked twice, it gives the same refresh token, and an access token with the same claims.
    ///
    /// # Errors
    /// [`BadKey`] if the key belongs to another root key, or to one that is not known here, or if signing fails.
    pub fn issue(
        &self,
        family: SessionFamily,
        key: &FamilyKey,
        user: UserFacts,
    ) -> Result<IssuedTokens, BadKey> {
        let root = self.root_keys.get(family.key_id).filter(|root| root.id == key.root).ok_or(BadKey)?;
        let claims = Claims::of(&self.terms, &family, key, &user);
        let now = self.clock.now();
        let seconds = claims.exp.saturating_sub(now.unix_seconds());
        Ok(IssuedTokens {
            access_token: self.signer.sign(&claims)?,
            expires_in: Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
            refresh_token: RefreshToken::derive(&root, key, family.id, family.generation).reveal(),
            refresh_expires_in: family.refresh_expires_at().since(now),
            family,
            user,
            mfa_enrollment_required: claims.mfa_enrollment_required,
        })
    }

    /// Whether the token can have been issued here. Asked before anything is read from the database.
    ///
    /// # Errors
    /// [`NotRead`] if it names a key that is not known here, and may be known to other nodes: then it must not be taken for
    /// invalid.
    pub fn is_own(&self, token: &RefreshToken) -> Result<bool, NotRead> {
        Ok(self.root_keys.is_known(token.root_key_id())? && self.guard_holds(token))
    }

    fn guard_holds(&self, token: &RefreshToken) -> bool {
        self.root_keys.get(token.root_key_id()).is_some_and(|root| token.guard_holds(&root))
    }
}

impl std::fmt::Debug for TokenIssuer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TokenIssuer")
    }
}
