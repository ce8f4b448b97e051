//! Everything but the listeners and the background jobs: what the server and the commands share.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::World;
use super::assembly::Assembly;
use super::keys::open_keys;
use super::process;
use super::sealed_store::SealedStore;
use super::start_error::StartError;
use super::stranger_counts;
use crate::account::avatar::Avatars;
use crate::account::{Administration, Denials, Privacy};
use crate::authn::{Authn, AuthnParts, FlowEnvironment};
use crate::breached::BreachList;
use crate::config::{Config, Tokens};
use crate::crypto::password::{BreachedPasswords, PasswordPool};
use crate::crypto::seal::MasterKeys;
use crate::crypto::webauthn::RelyingParty;
use crate::federation::Providers;
use crate::geoip::GeoIp;
use crate::keys::data_keys::DataKeys;
use crate::keys::root_rotation::RootRotation;
use crate::keys::rotation::SigningKeys;
use crate::notification::Composer;
use crate::notification::quota::Quotas;
use crate::outgoing::Outgoing;
use crate::session::Sessions;
use crate::session::janitor;
use crate::session::journal::{Journal, JournalTask};
use crate::session::registry::Registry;
use crate::session::revocation_feed::RevocationFeed;
use crate::session::set_back::SetBackAlarm;
use crate::session::threads::ActorThreads;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;
use crate::text::{TextError, Texts};
use crate::throttle::Throttle;

/// The parts of a running server that need no listener.
pub struct Core {
    /// Open, migrated, and closed by [`Core::stop`].
    pub store: Arc<Store>,
    /// With the actors and the journal running.
    pub sessions: Arc<Sessions>,
    /// The services by which people authenticate.
    pub authn: Arc<Authn>,
    pub(crate) privacy: Arc<Privacy>,
    pub(crate) avatars: Arc<Avatars>,
    pub(crate) administration: Arc<Administration>,
    /// Seals under the active master key.
    pub composer: Composer,
    /// The keys of access tokens.
    pub signing_keys: Arc<SigningKeys>,
    /// The keys of refresh tokens.
    pub(crate) root_rotation: Arc<RootRotation>,
    /// Seal secrets in the database.
    pub(crate) master: Arc<MasterKeys>,
    /// Follow what other processes do to the keys that seal.
    pub(super) data_keys: DataKeys,
    pub(crate) geoip: Arc<GeoIp>,
    /// The quotas for messages.
    pub quotas: Arc<Quotas>,
    /// The texts of pages and messages.
    pub texts: Arc<Texts>,
    pub(crate) throttle: Arc<Throttle>,
    /// Shared by all parts.
    pub metrics: Metrics,
    /// Makes the clients for services outside.
    pub outgoing: Outgoing,
    pub(super) set_back: Arc<SetBackAlarm>,
    pub(super) actors: ActorThreads,
    pub(super) journal: JournalTask,
}

/// What is read before anything else, because a mistake in it is found at once.
pub(super) struct Files {
    texts: Arc<Texts>,
    geoip: Arc<GeoIp>,
}

impl Files {
    pub fn open(config: &Config) -> Result<Self, StartError> {
        Ok(Self { texts: Arc::new(texts(config)?), geoip: Arc::new(GeoIp::open(&config.anomalies)?) })
    }
}

impl Core {
    /// Opens the database, migrates it if it may, opens the keys and puts the parts together. Must be called
    /// on the multi-thread runtime that the database is to live on.
    ///
    /// # Errors
    /// [`StartError`]; then nothing is left running but idle threads.
    pub async fn start(config: &Config, world: &World) -> Result<Self, StartError> {
        let files = Files::open(config)?;
        let sealed_store = SealedStore::open(config, world).await?;
        Self::assemble(config, world, files, sealed_store).await
    }

    /// [`Core::start`] with a database that is open.
    pub(super) async fn assemble(
        config: &Config,
        world: &World,
        Files { texts, geoip }: Files,
        sealed_store: SealedStore,
    ) -> Result<Self, StartError> {
        let keys = open_keys(config, &sealed_store, world).await?;
        let SealedStore { store, metrics, data_keys, .. } = sealed_store;
        let world = &World { clock: store.clock(), entropy: Arc::clone(&world.entropy) };
        let outgoing = Outgoing::new(&config.outgoing, &metrics);
        let breached = BreachList::open(&config.breached, &outgoing, &metrics)?;
        let breached = breached.map(|list| Arc::new(list) as Arc<dyn BreachedPasswords>);
        let passwords = PasswordPool::start(&config.password, Arc::clone(&world.entropy), metrics.clone())
            .map_err(StartError::Threads)?;
        let passwords = Arc::new(passwords.refusing(breached));
        let actors = ActorThreads::start(config.sessions.threads).map_err(StartError::Threads)?;
        let (journal, journal_task) = Journal::start(&store, &metrics);

        let assembly =
            Assembly { config, world, store: &store, keys: &keys, geoip: &geoip, metrics: &metrics };
        let captcha = Arc::new(assembly.captcha(&outgoing)?);
        let throttle = Arc::new(assembly.throttle(&captcha)?);
        let index = assembly.index();
        let set_back = Arc::new(SetBackAlarm::new(&metrics));
        let shared = assembly.shared(journal, &index, &set_back);
        let registry = Registry::new(shared, assembly.limits(), actors.handles());
        let sessions = assembly.sessions(registry, index, &throttle);
        let avatars = Arc::new(assembly.avatars()?);
        let composer = assembly.composer();
        let quotas = Quotas::new(
            Arc::clone(&store),
            Arc::clone(&world.clock),
            metrics.clone(),
            config.throttle.quotas.clone(),
        );
        let quotas = Arc::new(quotas);
        let authn = Arc::new(Authn::new(
            config,
            AuthnParts {
                env: Arc::new(FlowEnvironment {
                    store: Arc::clone(&store),
                    composer: composer.clone(),
                    clock: Arc::clone(&world.clock),
                    entropy: Arc::clone(&world.entropy),
                    metrics: metrics.clone(),
                    throttle: Arc::clone(&throttle),
                    rollout: Arc::clone(&sessions.rollout),
                }),
                sessions: Arc::clone(&sessions),
                hashing: Arc::clone(&passwords),
                login_delays: Arc::new(assembly.login_delays()),
                captcha,
                geoip: Arc::clone(&geoip),
                quotas: Arc::clone(&quotas),
                relying_party: RelyingParty::new(&config.webauthn)?,
                providers: Arc::new(Providers::new(config, &outgoing)?),
            },
        ));
        let privacy = Arc::new(assembly.privacy(&sessions, &composer, &avatars));
        let signing_keys = Arc::new(assembly.signing_keys());
        let root_rotation = Arc::new(assembly.root_rotation());
        let administration = Arc::new(Administration {
            store: Arc::clone(&store),
            sessions: Arc::clone(&sessions),
            passwords,
            composer: composer.clone(),
            signing_keys: Arc::clone(&signing_keys),
            root_rotation: Arc::clone(&root_rotation),
            clock: Arc::clone(&world.clock),
            entropy: Arc::clone(&world.entropy),
            invitation_ttl: config.accounts.invitation_ttl,
            mfa_reset_cooldown: config.mfa.reset_cooldown,
            denials: Denials::new(),
        });
        Ok(Self {
            store,
            sessions,
            authn,
            administration,
            privacy,
            avatars,
            composer,
            signing_keys,
            root_rotation,
            master: Arc::clone(&keys.master),
            data_keys,
            geoip,
            quotas,
            texts,
            throttle,
            metrics,
            outgoing,
            set_back,
            actors,
            journal: journal_task,
        })
    }

    /// Starts the background jobs. Revocations are loaded before the first request is accepted.
    pub(super) async fn jobs(&self, config: &Config) -> Result<Vec<JoinHandle<()>>, StartError> {
        // A token may be issued as late as a write that began before the revocation, on any node.
        let horizon = Tokens::LONGEST_LIFE + Store::longest_configurable_write();
        let feed = RevocationFeed {
            store: Arc::clone(&self.store),
            index: Arc::clone(&self.sessions.index),
            clock: self.store.clock(),
            metrics: self.metrics.clone(),
            set_back: Arc::clone(&self.set_back),
            poll_interval: config.revocation.poll_interval,
            horizon,
        };
        let progress = feed.load().await?;
        self.authn.login_delays.load().await?;
        self.sessions.rollout.load(&self.store).await?;
        self.store.probe().await;
        let mut jobs = janitor::start(&self.sessions, horizon, process::node_name(&config.data_dir));
        jobs.push(tokio::spawn(Arc::clone(&self.store).keep_probing()));
        jobs.push(feed.follow(progress));
        jobs.push(self.data_keys.clone().keep_current(Arc::clone(&self.master), self.metrics.clone()));
        jobs.push(self.signing_keys.keep_current());
        jobs.push(self.root_rotation.keep_current());
        jobs.extend(self.sessions.rollout.keep_current(&self.store));
        jobs.push(self.authn.login_delays.keep_exchanged());
        jobs.push(self.authn.passkeys.keep_counting_abandoned());
        jobs.push(self.privacy.keep_clean());
        jobs.push(self.avatars.keep_swept());
        jobs.push(self.authn.federation.forget_removed_providers());
        jobs.push(stranger_counts::keep_written(&self.store));
        jobs.extend(self.throttle.keep_up().await);
        jobs.extend(self.geoip.keep_current(&config.anomalies));
        Ok(jobs)
    }

    /// Stops what a command has started: queued writes are committed, and the database is closed.
    pub async fn stop(self) {
        self.journal.flush().await;
        let actors = self.actors;
        let _ = tokio::task::spawn_blocking(move || actors.stop()).await;
        self.store.close().await;
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Core")
    }
}

/// The texts of pages and messages, in the languages that are offered.
///
/// # Errors
/// [`TextError`] with the mistakes in the texts of the operator.
pub fn texts(config: &Config) -> Result<Texts, TextError> {
    Texts::load(config.branding.locales_dir.as_deref())?.offering(&config.branding.languages)
}
