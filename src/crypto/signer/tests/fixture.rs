//! Signers for tests. An RSA key takes long to make, so there is one of them.

use std::sync::LazyLock;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::crypto::signer::{Signer, SigningKey, TokenFormat, public_half};
use crate::model::access_token::{Claims, Terms, jti};
use crate::model::factor::MfaPolicy;
use crate::model::key_state::KeyState;
use crate::model::session_family::fixture;
use crate::model::signing_algorithm::{Ed25519Name, SigningAlgorithm};
use crate::secret::Secret;

static RSA: LazyLock<Secret<Vec<u8>>> = LazyLock::new(|| {
    let at = Timestamp::from_unix_seconds(1);
    SigningKey::generate(SigningAlgorithm::Rs256, KeyState::Active, at).unwrap().1
});

/// A key; of RSA it is always the same.
pub fn key_of(algorithm: SigningAlgorithm, state: KeyState) -> SigningKey {
    let at = Timestamp::from_unix_seconds(1);
    if algorithm != SigningAlgorithm::Rs256 {
        return SigningKey::generate(algorithm, state, at).unwrap().0;
    }
    let (kid, public_jwk) = public_half(algorithm, RSA.expose()).unwrap();
    let is_active = state == KeyState::Active;
    SigningKey {
        kid,
        algorithm,
        state,
        pkcs8: is_active.then(|| RSA.clone()),
        public_jwk,
        activated_at: is_active.then_some(at),
    }
}

/// Signs with this algorithm, and has an active key of every other one.
pub fn signer_of(algorithm: SigningAlgorithm, ed25519_name: Ed25519Name) -> Signer {
    let keys = SigningAlgorithm::ALL.map(|algorithm| key_of(algorithm, KeyState::Active));
    Signer::new(&keys, TokenFormat { algorithm, ed25519_name }).unwrap()
}

/// The claims of someone's token.
pub fn claims() -> Claims {
    let terms = Terms {
        issuer: "https://auth.example".to_owned(),
        audience: "kindred".to_owned(),
        client_id: "kindred".to_owned(),
        ttl: Duration::from_secs(600),
        leeway: Duration::from_secs(60),
        mfa_policy: MfaPolicy::Optional,
    };
    let family = fixture::family();
    let jti = jti(&family, &fixture::root_key().family_key(&family.salt));
    Claims::of(&terms, &family, jti, &fixture::user())
}
