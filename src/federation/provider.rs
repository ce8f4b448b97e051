//! One provider: what is known of it, and which of its tokens count.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::discovery::{self, Discovered, DiscoveryError, Wanted};
use crate::clock::Timestamp;
use crate::config::{self, ClientAuth};
use crate::crypto::apple_secret::{AppleKey, BadAppleKey};
use crate::crypto::id_token::{SignatureError, SignedToken, access_token_hash, hashed_nonce};
use crate::model::assurance::Amr;
use crate::model::federation::ProviderKind;
use crate::model::federation::assurance::AssuranceRule;
use crate::model::federation::email_proof::EmailRule;
use crate::model::federation::freshness::{Knowledge, Step};
use crate::model::federation::id_token::{Expected, IdTokenError};
use crate::model::federation::issuer::IssuerRule;
use crate::model::federation::verified_identity::VerifiedIdentity;
use crate::outgoing::{ClientError, GuardedClient, Outgoing, Policy, Purpose};
use crate::secret::Secret;

/// How long a provider is waited for, in each of its answers.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes. The keys of Microsoft have about 20 KiB.
const MAX_ANSWER: usize = 256 * 1024;

/// A provider of the settings.
pub struct Provider {
    pub(super) name: String,
    display_name: String,
    pub(super) kind: ProviderKind,
    pub(super) issuer: String,
    pub(super) scopes: Vec<String>,
    pub(super) credential: Credential,
    pub(super) client_ids: Vec<String>,
    allow_private: bool,
    pub(super) rule: IssuerRule,
    pub(super) emails: EmailRule,
    assurance: AssuranceRule,
    pub(super) client: GuardedClient,
    /// Held while the provider is asked, so that logins at the same time ask once.
    known: Mutex<Option<Known>>,
}

/// How this server authenticates at the token endpoint.
pub(super) enum Credential {
    /// As a public client.
    None,
    /// A secret in the header `Authorization`.
    Basic(Secret<String>),
    /// A secret in the body.
    Post(Secret<String>),
    /// A secret in the body that is made for each request.
    Apple(AppleKey),
}

/// A provider cannot be used as it is declared.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Its calls cannot be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Its secret is no key of Apple's.
    #[error(transparent)]
    AppleKey(#[from] BadAppleKey),
}

struct Known {
    /// Of the last answer that could be used. Without one `told_at` is so long ago that nothing would be usable.
    discovered: Option<Arc<Discovered>>,
    knowledge: Knowledge,
}

/// A token as it was presented.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The ID token.
    pub id_token: &'a str,
    /// The nonce of the login that it must answer.
    pub nonce: &'a str,
    /// The access token that came along, if one did.
    pub access_token: Option<&'a str>,
}

/// Why a token does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The provider's keys are not known, and it cannot be asked.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// Its signature does not count.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Its claims do not.
    #[error(transparent)]
    Claims(#[from] IdTokenError),
}

impl Provider {
    /// The provider of these settings. It is not asked for anything yet.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub fn new(config: &config::Provider, outgoing: &Outgoing) -> Result<Self, ProviderError> {
        let client = outgoing.client(Policy {
            purpose: Purpose::IdentityProviders,
            allow_private: config.allow_private,
            timeout: TIMEOUT,
            max_answer: MAX_ANSWER,
        })?;
        Ok(Self {
            name: config.name.clone(),
            display_name: config.display_name.clone(),
            kind: config.kind,
            issuer: config.issuer.clone(),
            scopes: config.scopes.clone(),
            credential: Credential::new(config)?,
            client_ids: config.client_ids.clone(),
            allow_private: config.allow_private,
            rule: IssuerRule::new(config.kind, &config.issuer, &config.tenants),
            emails: EmailRule::new(config.kind, &config.trusted_email_domains),
            assurance: AssuranceRule::new(&config.trusted_acr, &config.trusted_amr),
            client,
            known: Mutex::new(None),
        })
    }

    /// The name in the settings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What people know it by.
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// What the provider speaks.
    pub const fn kind(&self) -> ProviderKind {
        self.kind
    }

    /// What a session is worth that is opened with this identity.
    pub fn methods(&self, identity: &VerifiedIdentity) -> Amr {
        self.assurance.methods(identity)
    }

    /// Our own id at the provider, with which logins in browsers begin.
    pub(super) fn client_id(&self) -> &str {
        self.client_ids.first().map_or("", String::as_str)
    }

    /// Its metadata and keys, which are fetched if they are not known or too old.
    ///
    /// # Errors
    /// [`DiscoveryError`].
    pub async fn discovered(&self, now: Timestamp) -> Result<Arc<Discovered>, DiscoveryError> {
        self.known_at(now, false).await
    }

    /// Verifies an ID token: its signature, then its claims. The keys are fetched again if the token's is not among them.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn verify(
        &self,
        presented: &Presented<'_>,
        now: Timestamp,
    ) -> Result<VerifiedIdentity, TokenError> {
        let signed = self
            .verify_signature::<_, TokenError>(now, |known| {
                known.keys.verify(presented.id_token, &known.algorithms)
            })
            .await?;
        let hashed = hashed_nonce(presented.nonce);
        let at_hash = presented.access_token.map(|token| access_token_hash(signed.algorithm, token));
        let subject = signed.claims.examine(&Expected {
            issuer: &self.rule,
            client_ids: &self.client_ids,
            nonces: &[presented.nonce, &hashed],
            at_hash: at_hash.as_deref(),
            key_issuer: signed.key_issuer.as_deref(),
            now,
        })?;
        let email = self.emails.examine(&signed.claims);
        Ok(VerifiedIdentity::of_claims(&self.name, subject, email, signed.claims))
    }

    /// Verifies a signature with the keys that are known, and once more with new ones if the token's key is not among
    /// them.
    pub(super) async fn verify_signature<C, E>(
        &self,
        now: Timestamp,
        verify: impl Fn(&Discovered) -> Result<SignedToken<C>, SignatureError>,
    ) -> Result<SignedToken<C>, E>
    where
        E: From<DiscoveryError> + From<SignatureError>,
    {
        let known = self.known_at(now, false).await?;
        match verify(&known) {
            Err(SignatureError::UnknownKey) => {
                let renewed = self.known_at(now, true).await?;
                Ok(verify(&renewed)?)
            }
            verified => Ok(verified?),
        }
    }

    async fn known_at(&self, now: Timestamp, lacks_key: bool) -> Result<Arc<Discovered>, DiscoveryError> {
        let mut known = self.known.lock().await;
        let step = known.as_ref().map_or(Step::Ask, |known| known.knowledge.next_step(now, lacks_key));
        let old = known.as_ref().and_then(|known| known.discovered.clone());
        match (step, old) {
            (Step::Use, Some(old)) => return Ok(old),
            (Step::Wait, _) => return Err(DiscoveryError::Resting),
            _ => {}
        }
        let asked = self.ask().await.map(Arc::new);
        let replaced = known.take();
        match asked {
            Ok(discovered) => {
                let knowledge = Knowledge { told_at: now, asked_at: now };
                *known = Some(Known { discovered: Some(Arc::clone(&discovered)), knowledge });
                Ok(discovered)
            }
            Err(error) => {
                tracing::warn!(provider = self.name, %error, "an identity provider cannot be asked");
                let (kept, last) = Known::after_failure(replaced, now);
                *known = Some(kept);
                if step == Step::Refresh { last.ok_or(error) } else { Err(error) }
            }
        }
    }

    async fn ask(&self) -> Result<Discovered, DiscoveryError> {
        let wanted = Wanted {
            kind: self.kind,
            issuer: &self.issuer,
            rule: &self.rule,
            allow_private: self.allow_private,
        };
        discovery::discover(&self.client, &wanted).await
    }
}

impl Credential {
    fn new(config: &config::Provider) -> Result<Self, BadAppleKey> {
        let Some(secret) = &config.client_secret else { return Ok(Self::None) };
        if config.kind == ProviderKind::Apple {
            let id = |id: &Option<String>| id.clone().unwrap_or_default();
            let key = AppleKey::new(secret, &id(&config.team_id), &id(&config.key_id))?;
            return Ok(Self::Apple(key));
        }
        Ok(match config.client_auth {
            ClientAuth::None => Self::None,
            ClientAuth::Basic => Self::Basic(secret.clone()),
            ClientAuth::Post => Self::Post(secret.clone()),
        })
    }
}

impl Known {
    /// What is known after an attempt without success, and what was told before it.
    fn after_failure(before: Option<Self>, now: Timestamp) -> (Self, Option<Arc<Discovered>>) {
        let told_at = before.as_ref().map_or(Timestamp::default(), |before| before.knowledge.told_at);
        let discovered = before.and_then(|before| before.discovered);
        let kept = Self { discovered: discovered.clone(), knowledge: Knowledge { told_at, asked_at: now } };
        (kept, discovered)
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Provider").field("name", &self.name).finish_non_exhaustive()
    }
}
