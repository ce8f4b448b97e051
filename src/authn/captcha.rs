//! CAPTCHAs: something that a request must bring along where programs would otherwise have it for nothing. By default a
//! proof of work, which this server makes and verifies itself; or the answer of a service.
//!
//! Each answer counts once, at one node, for the action that it was asked for.

mod gate;
mod proof_of_work;
mod service;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::future::BoxFuture;
use prometheus::IntCounterVec;
use serde_json::Value;
use uuid::Uuid;

use self::proof_of_work::ProofOfWork;
use self::service::Service;
use crate::clock::{Clock, Timestamp};
use crate::config::{self, CaptchaProvider};
use crate::entropy::Entropy;
use crate::keys::root_keys::RootKeys;
use crate::model::captcha::Action;
use crate::outgoing::{ClientError, Outgoing};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::{CaptchaOutcome, Metrics};

/// The longest answer that is looked at, in bytes. Those of services have up to 2 KiB.
const MAX_TOKEN: usize = 8 * 1024;
/// How long answers of services are remembered, which are valid for minutes.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// Why a request does not go on.
#[derive(Debug, thiserror::Error)]
pub enum CaptchaError {
    #[error("an answer to a CAPTCHA is required")]
    Required,
    /// It is wrong, has expired, was used before, or belongs to another action or page.
    #[error("the answer to the CAPTCHA is not valid")]
    Invalid,
    #[error("the CAPTCHA service gives no answer: {0}")]
    Unavailable(String),
    /// Its keys are wrong, for example.
    #[error("the CAPTCHA service refuses this server: {0}")]
    Misconfigured(String),
    #[error("internal error of a CAPTCHA: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An answer that was found right, and still has to be used up.
struct Verified {
    id: Uuid,
    /// Until then it would be right again.
    expires_at: Timestamp,
}

/// Someone who can tell whether an answer is right.
trait Provider: Send + Sync {
    fn verify<'a>(&'a self, answer: Answer<'a>) -> BoxFuture<'a, Result<Verified, CaptchaError>>;
}

/// What a client sent.
#[derive(Clone, Copy)]
struct Answer<'a> {
    token: &'a str,
    action: Action,
}

/// What a client needs to find an answer.
#[derive(Clone, Debug)]
pub enum Challenge {
    /// In the format of ALTCHA.
    ProofOfWork(Value),
    /// The public key of the site, by which a page shows the challenge of the service.
    Service { site_key: String },
}

/// See the module's description.
pub struct Captcha {
    provider: Box<dyn Provider>,
    /// The same as `provider`, if it is the built-in one.
    proof_of_work: Option<Arc<ProofOfWork>>,
    rules: config::Captcha,
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    outcomes: IntCounterVec,
}

/// What it is made of, besides its settings.
pub struct CaptchaParts<'a> {
    pub store: &'a Arc<Store>,
    pub clock: &'a Arc<dyn Clock>,
    pub entropy: &'a Arc<dyn Entropy>,
    /// The keys that challenges are signed with.
    pub root_keys: &'a Arc<RootKeys>,
    pub outgoing: &'a Outgoing,
    pub metrics: &'a Metrics,
}

impl Captcha {
    /// # Errors
    /// [`ClientError`].
    pub fn new(rules: &config::Captcha, parts: &CaptchaParts<'_>) -> Result<Self, ClientError> {
        let (provider, proof_of_work): (Box<dyn Provider>, _) = match rules.provider {
            CaptchaProvider::ProofOfWork => {
                let built_in = Arc::new(ProofOfWork::new(rules, parts));
                (Box::new(Arc::clone(&built_in)), Some(built_in))
            }
            _ => (Box::new(Service::new(rules, Arc::clone(parts.clock), parts.outgoing)?), None),
        };
        let outcomes = parts.metrics.abuse.captchas.clone();
        let (store, clock) = (Arc::clone(parts.store), Arc::clone(parts.clock));
        Ok(Self { provider, proof_of_work, rules: rules.clone(), store, clock, outcomes })
    }

    pub const fn provider(&self) -> CaptchaProvider {
        self.rules.provider
    }

    /// What a client needs to find an answer for this action.
    ///
    /// # Errors
    /// [`CaptchaError::Internal`].
    pub fn challenge(&self, action: Action) -> Result<Challenge, CaptchaError> {
        Ok(match &self.proof_of_work {
            Some(built_in) => Challenge::ProofOfWork(built_in.challenge(action)?),
            None => Challenge::Service { site_key: self.rules.site_key.clone().unwrap_or_default() },
        })
    }

    /// Whether the settings require an answer for each request of this kind.
    pub const fn is_demanded(&self, action: Action) -> bool {
        match action {
            Action::Register => self.rules.registration,
            Action::Forgot => self.rules.forgot,
            // The limit of the client's network decides.
            Action::Login => false,
        }
    }

    /// Demands an answer where the settings require one for each request.
    ///
    /// # Errors
    /// [`CaptchaError`].
    pub async fn demand(&self, token: Option<&str>, action: Action) -> Result<(), CaptchaError> {
        if self.is_demanded(action) { self.verify(token, action).await } else { Ok(()) }
    }

    /// Verifies the answer of a request that must have one, and uses it up.
    ///
    /// # Errors
    /// [`CaptchaError`].
    pub async fn verify(&self, token: Option<&str>, action: Action) -> Result<(), CaptchaError> {
        let result = match token {
            None | Some("") => Err(CaptchaError::Required),
            Some(token) if token.len() > MAX_TOKEN => Err(CaptchaError::Invalid),
            Some(token) => self.check(Answer { token, action }).await,
        };
        let outcome = match &result {
            Ok(outcome) => *outcome,
            Err(CaptchaError::Required) => CaptchaOutcome::Missing,
            Err(CaptchaError::Invalid) => CaptchaOutcome::Failed,
            Err(_) => CaptchaOutcome::Unavailable,
        };
        let provider = self.rules.provider.to_string();
        self.outcomes.with_label_values(&[provider.as_str(), outcome.as_str()]).inc();
        result.map(|_| ())
    }

    /// Gives back what is counted.
    async fn check(&self, answer: Answer<'_>) -> Result<CaptchaOutcome, CaptchaError> {
        let (verified, outcome) = match self.provider.verify(answer).await {
            Ok(verified) => (verified, CaptchaOutcome::Passed),
            Err(error @ CaptchaError::Unavailable(_)) if self.rules.fail_open => {
                tracing::warn!(%error, "cannot verify an answer to a CAPTCHA; accepting it");
                (remembered(answer.token, self.clock.now()), CaptchaOutcome::FailedOpen)
            }
            Err(error) => return Err(error),
        };
        let is_first = self.store.use_captcha(verified.id, verified.expires_at).await?;
        if is_first { Ok(outcome) } else { Err(CaptchaError::Invalid) }
    }
}

impl std::fmt::Debug for Captcha {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Captcha")
    }
}

/// An answer of a service is known again by its hash.
fn remembered(token: &str, now: Timestamp) -> Verified {
    let mut id = [0; 16];
    id.copy_from_slice(&digest(&SHA256, token.as_bytes()).as_ref()[..16]);
    Verified { id: Uuid::from_bytes(id), expires_at: now.plus(REMEMBERED) }
}
