//! The one client for calls to services outside: providers of SMS, CAPTCHAs and identities, lists of breached passwords,
//! certificate authorities, key services, the collector of traces.
//!
//! A call leaves by https only, follows no redirect and takes no proxy from the environment. The addresses of its
//! host must be public ones, unless the settings allow others for its purpose; the connection goes to the addresses
//! that were checked, so a name cannot change its answer in between (ASVS 5.0 §1.3.6, §15.3.2). Size and time of an
//! answer are bounded, and a service that keeps failing is left alone for a moment.

mod address;
mod answer;
mod breaker;
mod call;
mod error;
mod resolver;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::redirect;
use reqwest::{Certificate, Client, Method, Proxy};
use url::Url;

pub use answer::Answer;
pub use call::Call;
pub use error::{CallError, ClientError};
pub use resolver::{NameLookup, SystemLookup};

use self::breaker::Breaker;
use self::resolver::GuardedResolver;
use crate::config;
use crate::secret::Secret;
use crate::telemetry::metrics::{CallOutcome, Metrics, OutgoingMetrics, observe};
use crate::telemetry::trace::Span;

/// What calls are for. Each purpose has a breaker and metrics of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Sms,
    BreachedPasswords,
    Captcha,
    /// Metadata and keys of providers that vouch for people.
    IdentityProviders,
    /// Orders of certificates by ACME.
    Certificates,
    Traces,
    /// The transit engine of Vault or OpenBao, which wraps data keys.
    Transit,
    /// AWS KMS, which wraps data keys.
    AwsKms,
    /// The server's own public URL, which `kindred doctor` calls.
    OwnUrl,
}

impl Purpose {
    /// The label of metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::BreachedPasswords => "breached_passwords",
            Self::Captcha => "captcha",
            Self::IdentityProviders => "identity_providers",
            Self::Certificates => "certificates",
            Self::Traces => "traces",
            Self::Transit => "transit",
            Self::AwsKms => "aws_kms",
            Self::OwnUrl => "own_url",
        }
    }

    /// Whether the service is a neighbor of the server's, so that the proxy is not the way to it.
    const fn is_nearby(self) -> bool {
        matches!(self, Self::Traces | Self::Transit)
    }
}

/// What the calls of one purpose may do.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub purpose: Purpose,
    /// Whether addresses that are not public may be called, and without TLS.
    pub allow_private: bool,
    /// For a whole call. A connection must be there after half of it.
    pub timeout: Duration,
    /// The longest body that is read, in bytes.
    pub max_answer: usize,
}

/// Makes the clients.
#[derive(Clone)]
pub struct Outgoing {
    proxy: Option<Secret<String>>,
    lookup: Arc<dyn NameLookup>,
    metrics: OutgoingMetrics,
}

impl Outgoing {
    pub fn new(config: &config::Outgoing, metrics: &Metrics) -> Self {
        Self::with_lookup(config, metrics, Arc::new(SystemLookup))
    }

    /// With names that are looked up in another way.
    pub fn with_lookup(config: &config::Outgoing, metrics: &Metrics, lookup: Arc<dyn NameLookup>) -> Self {
        Self { proxy: config.proxy.clone(), lookup, metrics: metrics.outgoing.clone() }
    }

    /// The client of a purpose, which is to be made once and shared.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn client(&self, policy: Policy) -> Result<GuardedClient, ClientError> {
        self.build(policy, None)
    }

    /// The client of a purpose whose service has a certificate of these authorities (PEM), and of no others.
    ///
    /// # Errors
    /// [`ClientError`]: also where they cannot be read.
    pub fn client_trusting(&self, policy: Policy, authorities: &[u8]) -> Result<GuardedClient, ClientError> {
        self.build(policy, Some(Certificate::from_pem_bundle(authorities)?))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that builds clients")]
    fn build(
        &self,
        policy: Policy,
        authorities: Option<Vec<Certificate>>,
    ) -> Result<GuardedClient, ClientError> {
        // Names of targets are resolved by the proxy; the resolver here sees the proxy's own name only.
        let proxy = self.proxy.as_ref().filter(|_| !policy.purpose.is_nearby());
        let admits_private = policy.allow_private || proxy.is_some();
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .dns_resolver(Arc::new(GuardedResolver { lookup: Arc::clone(&self.lookup), admits_private }))
            .referer(false)
            .user_agent("Kindred")
            // Shorter than the total, so that a failed connection is distinguished from a lost answer.
            .connect_timeout(policy.timeout / 2)
            .timeout(policy.timeout);
        if let Some(proxy) = proxy {
            builder = builder.proxy(Proxy::all(proxy.expose())?);
        }
        if let Some(authorities) = authorities {
            builder = builder.tls_certs_only(authorities);
        }
        for outcome in CallOutcome::ALL {
            self.metrics.requests.with_label_values(&[policy.purpose.as_str(), outcome.as_str()]);
            self.metrics.duration.with_label_values(&[policy.purpose.as_str(), outcome.as_str()]);
        }
        Ok(GuardedClient {
            http: builder.build()?,
            policy,
            breaker: Breaker::default(),
            metrics: self.metrics.clone(),
        })
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Outgoing")
    }
}

/// Calls services for one purpose; see the module's description.
pub struct GuardedClient {
    http: Client,
    policy: Policy,
    breaker: Breaker,
    metrics: OutgoingMetrics,
}

impl GuardedClient {
    pub fn get(&self, url: Url) -> Call<'_> {
        Call::new(self, Method::GET, url)
    }

    /// The headers without the body.
    pub fn head(&self, url: Url) -> Call<'_> {
        Call::new(self, Method::HEAD, url)
    }

    pub fn post(&self, url: Url) -> Call<'_> {
        Call::new(self, Method::POST, url)
    }

    /// Sends a request, and counts it by its outcome.
    async fn send(&self, url: &Url, request: reqwest::RequestBuilder) -> Result<Answer, CallError> {
        let begun = Instant::now();
        let span = Span::current().call("outgoing");
        let result = self.exchange(url, request).await;
        let (purpose, outcome) = (self.policy.purpose, error::outcome(&result));
        span.set("kindred.purpose", purpose.as_str());
        match &result {
            Ok(answer) => span.set("http.response.status_code", i64::from(answer.status)),
            Err(_) => span.fail(outcome.as_str()),
        }
        self.metrics.requests.with_label_values(&[purpose.as_str(), outcome.as_str()]).inc();
        let duration = self.metrics.duration.with_label_values(&[purpose.as_str(), outcome.as_str()]);
        observe(&duration, begun.elapsed());
        if let Err(CallError::Refused(refusal)) = &result {
            tracing::warn!(purpose = purpose.as_str(), %refusal, "an outgoing call was refused");
        }
        result
    }

    async fn exchange(&self, url: &Url, request: reqwest::RequestBuilder) -> Result<Answer, CallError> {
        address::check_url(url, self.policy.allow_private)?;
        if !self.breaker.admits(Instant::now()) {
            return Err(CallError::Resting);
        }
        let result = call::exchange(request, self.policy.max_answer).await;
        if let Some(is_healthy) = error::health(&result)
            && self.breaker.record(is_healthy, Instant::now())
        {
            let purpose = self.policy.purpose.as_str();
            tracing::warn!(purpose, "outgoing calls keep failing; further ones are refused for a moment");
        }
        result
    }
}

impl std::fmt::Debug for GuardedClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("GuardedClient").field("policy", &self.policy).finish_non_exhaustive()
    }
}
