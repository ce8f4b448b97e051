//! The built-in proof of work, in the format of ALTCHA (proof of work, version 2), whose widgets can be used. Challenges
//! are signed and not stored: any node verifies what another one has made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use altcha::{
    ChallengeParameters, HmacAlgorithm, Payload, VerifySolutionOptions, sign_challenge, verify_solution,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use super::{Answer, CaptchaError, CaptchaParts, Provider, Verified};
use crate::clock::{Clock, Timestamp};
use crate::config::Captcha;
use crate::entropy::{Entropy, bytes};
use crate::keys::root_keys::RootKeys;
use crate::model::captcha::Action;
use crate::model::family_key::RootKey;

/// What a derived key must begin with, in hexadecimal digits: one key in 4096 does.
const PREFIX: &str = "000";
/// The member of the signed data that names the operation.
const ACTION: &str = "action";
/// How far the clock of a node may be behind that of another one.
const SKEW: Duration = Duration::from_secs(60);

pub(super) struct ProofOfWork {
    cost: u32,
    ttl: Duration,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    root_keys: Arc<RootKeys>,
}

impl ProofOfWork {
    pub fn new(rules: &Captcha, parts: &CaptchaParts<'_>) -> Self {
        Self {
            cost: rules.cost,
            ttl: rules.ttl,
            clock: Arc::clone(parts.clock),
            entropy: Arc::clone(parts.entropy),
            root_keys: Arc::clone(parts.root_keys),
        }
    }

    /// A new challenge, as JSON.
    ///
    /// # Errors
    /// [`CaptchaError::Internal`].
    pub fn challenge(&self, action: Action) -> Result<Value, CaptchaError> {
        let random = || hex::encode(bytes::<16>(self.entropy.as_ref()));
        let mut parameters = ChallengeParameters {
            algorithm: "PBKDF2/SHA-256".to_owned(),
            cost: self.cost,
            data: Some(BTreeMap::from([(ACTION.to_owned(), action.as_str().into())])),
            expires_at: Some(self.clock.now().plus(self.ttl).unix_seconds()),
            key_length: 32,
            key_prefix: PREFIX.to_owned(),
            key_signature: None,
            memory_cost: None,
            nonce: random(),
            parallelism: None,
            salt: random(),
        };
        let secret = self.root_keys.active().captcha_secret();
        sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, secret.expose(), None)
            .ok()
            .and_then(|challenge| serde_json::to_value(challenge).ok())
            .ok_or(CaptchaError::Internal("signing of a challenge"))
    }

    fn check(&self, answer: Answer<'_>) -> Option<Verified> {
        let payload: Payload = serde_json::from_slice(&STANDARD.decode(answer.token).ok()?).ok()?;
        // Nothing of the challenge is relied on before its signature was found right.
        if !self.root_keys.all().any(|key| is_solved(&key, &payload)) {
            return None;
        }
        let parameters = &payload.challenge.parameters;
        let is_meant = parameters.data.as_ref()?.get(ACTION)? == answer.action.as_str();
        let expires_at = Timestamp::from_unix_seconds(parameters.expires_at?);
        let is_fresh = self.clock.now() <= expires_at;
        let id = Uuid::try_parse(&parameters.nonce).ok()?;
        (is_meant && is_fresh).then_some(Verified { id, expires_at: expires_at.plus(SKEW) })
    }
}

impl Provider for Arc<ProofOfWork> {
    fn verify<'a>(&'a self, answer: Answer<'a>) -> BoxFuture<'a, Result<Verified, CaptchaError>> {
        Box::pin(std::future::ready(self.check(answer).ok_or(CaptchaError::Invalid)))
    }
}

/// Whether the challenge was signed under this key, and the solution is right.
fn is_solved(key: &RootKey, payload: &Payload) -> bool {
    let secret = key.captcha_secret();
    let options = VerifySolutionOptions::new(&payload.challenge, &payload.solution, secret.expose().as_str());
    verify_solution(options).is_ok_and(|result| result.verified)
}
