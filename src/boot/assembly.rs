//! The session system, put together from its parts.

use std::sync::Arc;

use moka::sync::Cache;
use tokio::runtime::Handle;

use super::World;
use super::keys::{Keys, token_format};
use super::start_error::StartError;
use crate::account::Privacy;
use crate::account::avatar::Avatars;
use crate::authn::{Captcha, CaptchaParts, LoginDelays};
use crate::blob_store::BlobStore;
use crate::config::{Config, Tokens};
use crate::geoip::GeoIp;
use crate::keys::root_rotation::{RootRotation, RootRotationParts};
use crate::keys::rotation::{SigningKeys, SigningKeysParts};
use crate::model::access_token::Terms;
use crate::model::family_key::{CanaryKey, DelayKey};
use crate::model::session_family::{IdleTimeouts, Tolerance};
use crate::notification::Composer;
use crate::outgoing::Outgoing;
use crate::secret::Secret;
use crate::session::cookie_rollout::CookieRollout;
use crate::session::core::Shared;
use crate::session::journal::Journal;
use crate::session::port::Database;
use crate::session::registry::{Limits, Registry};
use crate::session::revocation::RevocationIndex;
use crate::session::service::{SessionRules, Sessions};
use crate::session::set_back::SetBackAlarm;
use crate::session::tokens::TokenIssuer;
use crate::session::verifier::Verifier;
use crate::store::Store;
use crate::telemetry::metrics::{ActorState, Metrics};
use crate::throttle::{ChallengeGate, SharedCounters, Throttle, ThrottleParts};

/// What the parts are made of.
pub(super) struct Assembly<'a> {
    pub config: &'a Config,
    pub world: &'a World,
    pub store: &'a Arc<Store>,
    pub keys: &'a Keys,
    pub geoip: &'a Arc<GeoIp>,
    pub metrics: &'a Metrics,
}

impl Assembly<'_> {
    pub fn composer(&self) -> Composer {
        Composer {
            master: Arc::clone(&self.keys.master),
            clock: Arc::clone(&self.world.clock),
            entropy: Arc::clone(&self.world.entropy),
            pages_url: self.config.link_base().clone(),
            geoip: Arc::clone(self.geoip),
        }
    }

    pub fn avatars(&self) -> Result<Avatars, StartError> {
        let config = &self.config.avatars;
        let blob_store = BlobStore::open(config, &self.config.data_dir)?;
        let world = (Arc::clone(&self.world.clock), Arc::clone(&self.world.entropy));
        Ok(Avatars::new(Arc::clone(self.store), blob_store, world, self.metrics.clone(), config))
    }

    pub fn login_delays(&self) -> LoginDelays {
        let key = DelayKey::of(&self.shared_material("login_delays"));
        let limits = &self.config.throttle.password;
        LoginDelays::new(Arc::clone(self.store), key, Arc::clone(&self.world.clock), limits)
    }

    pub fn signing_keys(&self) -> SigningKeys {
        SigningKeys::new(SigningKeysParts {
            store: Arc::clone(self.store),
            master: Arc::clone(&self.keys.master),
            clock: Arc::clone(&self.world.clock),
            entropy: Arc::clone(&self.world.entropy),
            signer: Arc::clone(&self.keys.signer),
            rules: self.config.keys.rules(),
            revoked_kids: self.config.secrets.revoked_kids.clone(),
            format: token_format(self.config),
            metrics: self.metrics.clone(),
        })
    }

    pub fn root_rotation(&self) -> RootRotation {
        RootRotation::new(RootRotationParts {
            store: Arc::clone(self.store),
            master: Arc::clone(&self.keys.master),
            clock: Arc::clone(&self.world.clock),
            entropy: Arc::clone(&self.world.entropy),
            root_keys: Arc::clone(&self.keys.root_keys),
            metrics: self.metrics.clone(),
        })
    }

    pub fn captcha(&self, outgoing: &Outgoing) -> Result<Captcha, StartError> {
        let parts = CaptchaParts {
            store: self.store,
            clock: &self.world.clock,
            entropy: &self.world.entropy,
            root_keys: &self.keys.root_keys,
            outgoing,
            metrics: self.metrics,
        };
        Ok(Captcha::new(&self.config.captcha, &parts)?)
    }

    pub fn throttle(&self, captcha: &Arc<Captcha>) -> Result<Throttle, StartError> {
        let redis = &self.config.redis;
        let shared = |url| {
            SharedCounters::new(url, redis.timeout, self.metrics.redis_up.with_label_values::<&str>(&[]))
        };
        let shared = redis.url.as_ref().map(shared).transpose();
        let parts = ThrottleParts {
            clock: Arc::clone(&self.world.clock),
            metrics: self.metrics.clone(),
            shared: shared?.map(Arc::new),
            gate: self.config.captcha.login.then(|| Arc::clone(captcha) as Arc<dyn ChallengeGate>),
            exempts_loopback: self.config.profile.is_development(),
        };
        Ok(Throttle::new(&self.config.throttle, parts))
    }

    pub fn index(&self) -> Arc<RevocationIndex> {
        Arc::new(RevocationIndex::new(self.config.revocation.max_staleness))
    }

    pub fn shared(
        &self,
        journal: Journal,
        index: &Arc<RevocationIndex>,
        set_back: &Arc<SetBackAlarm>,
    ) -> Arc<Shared> {
        let config = self.config;
        Arc::new(Shared {
            store: Arc::new(Database::new(Arc::clone(self.store), journal, Handle::current())),
            root_keys: Arc::clone(&self.keys.root_keys),
            clock: Arc::clone(&self.world.clock),
            entropy: Arc::clone(&self.world.entropy),
            index: Arc::clone(index),
            set_back: Arc::clone(set_back),
            geoip: Arc::clone(self.geoip),
            composer: self.composer(),
            tolerance: Tolerance {
                grace: config.refresh.grace,
                retry_window: config.refresh.retry_window,
                derived_retry_window: config.refresh.derived_retry_window,
                race_window: config.refresh.race_window,
                regressed: config.refresh.regressed,
            },
            access_ttl: config.tokens.access_ttl,
            idle_timeouts: self.idle_timeouts(),
            patience: config.database.acquire_timeout + config.database.statement_timeout,
            live: self.metrics.family_actors.with_label_values(&[ActorState::Live.as_str()]),
            activating: self.metrics.family_actors.with_label_values(&[ActorState::Activating.as_str()]),
            metrics: self.metrics.clone(),
        })
    }

    const fn idle_timeouts(&self) -> IdleTimeouts {
        let sessions = &self.config.sessions;
        IdleTimeouts { remembered: sessions.idle_timeout, short: sessions.short_idle_timeout }
    }

    pub fn limits(&self) -> Limits {
        Limits {
            waiting_per_family: self.config.sessions.max_waiting_per_session,
            waiting: self.config.sessions.max_waiting,
            passivate_after: self.config.sessions.passivate_after,
        }
    }

    pub fn sessions(
        &self,
        registry: Registry,
        index: Arc<RevocationIndex>,
        throttle: &Arc<Throttle>,
    ) -> Arc<Sessions> {
        let registry = Arc::new(registry);
        let terms = Arc::new(self.terms());
        Arc::new(Sessions {
            store: Arc::clone(self.store),
            issuer: TokenIssuer {
                root_keys: Arc::clone(&self.keys.root_keys),
                signer: Arc::clone(&self.keys.signer),
                clock: Arc::clone(&self.world.clock),
                terms: Arc::clone(&terms),
            },
            verifier: Verifier {
                signer: Arc::clone(&self.keys.signer),
                index: Arc::clone(&index),
                registry: Arc::clone(&registry),
                clock: Arc::clone(&self.world.clock),
                terms,
                metrics: self.metrics.clone(),
                verified: Cache::builder()
                    .max_capacity(self.config.tokens.verified_cache)
                    .time_to_live(Tokens::LONGEST_LIFE)
                    .build(),
            },
            registry,
            index,
            root_keys: Arc::clone(&self.keys.root_keys),
            clock: Arc::clone(&self.world.clock),
            entropy: Arc::clone(&self.world.entropy),
            rules: SessionRules {
                max_per_user: self.config.sessions.max_per_user,
                idle_timeouts: self.idle_timeouts(),
                absolute_timeout: self.config.sessions.absolute_timeout,
                longest_token_life: Tokens::LONGEST_LIFE,
                grace: self.config.refresh.grace,
                longest_clock_offset: self.config.refresh.race_window / 2,
            },
            rollout: Arc::new(self.rollout()),
            throttle: Arc::clone(throttle),
            metrics: self.metrics.clone(),
        })
    }

    /// The same at all nodes, also while root keys are replaced.
    fn shared_material(&self, label: &str) -> Secret<[u8; 32]> {
        Secret::new(self.keys.master.pseudonym(label, b""))
    }

    fn rollout(&self) -> CookieRollout {
        let cookie = &self.config.cookie;
        CookieRollout::new(
            CanaryKey::of(&self.shared_material("cookie_rollout")),
            cookie.generation.clone(),
            cookie.previous().is_some(),
            self.metrics.canary_share.clone(),
        )
    }

    pub fn privacy(&self, sessions: &Arc<Sessions>, composer: &Composer, avatars: &Arc<Avatars>) -> Privacy {
        Privacy {
            store: Arc::clone(self.store),
            sessions: Arc::clone(sessions),
            composer: composer.clone(),
            clock: Arc::clone(&self.world.clock),
            entropy: Arc::clone(&self.world.entropy),
            metrics: self.metrics.clone(),
            rules: self.config.privacy.clone(),
            retention: self.config.retention.clone(),
            terms_version: self.config.accounts.terms_version.clone(),
            avatars: Arc::clone(avatars),
        }
    }

    fn terms(&self) -> Terms {
        Terms {
            issuer: self.config.tokens.issuer.clone(),
            audience: self.config.tokens.audience.clone(),
            client_id: self.config.tokens.client_id.clone(),
            ttl: self.config.tokens.access_ttl,
            leeway: Tokens::LEEWAY,
            mfa_policy: self.config.mfa.policy,
        }
    }
}
