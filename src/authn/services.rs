//! The services of this module, and how they are put together.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::background_tasks::BackgroundTasks;
use super::captcha::Captcha;
use super::counted_attempt::Withdrawals;
use super::devices::Devices;
use super::email_change::EmailChanges;
use super::environment::FlowEnvironment;
use super::federation::{self, FederatedLogins};
use super::first_credential::FirstCredentials;
use super::identities::Identities;
use super::link_actions::LinkActions;
use super::link_views::LinkViews;
use super::links::Links;
use super::login_codes::LoginCodes;
use super::mfa::factor_change::FactorChanges;
use super::mfa::factor_verification::FactorVerifier;
use super::mfa::sms_code::SmsCodes;
use super::mfa::{BackupCodes, LoginChallenges, Mfa, SmsNumbers, TotpFactors};
use super::passkey::{BegunEnrollments, Ceremonies, PasskeyVerifier, Passkeys};
use super::password::verification::PasswordVerifier;
use super::password::{LoginDelays, Passwords};
use super::recovery::Recovery;
use super::registration::{PendingRegistrations, Registration};
use super::session_opening::SessionOpening;
use crate::config::Config;
use crate::crypto::password::PasswordPool;
use crate::crypto::webauthn::RelyingParty;
use crate::federation::Providers;
use crate::geoip::GeoIp;
use crate::notification::quota::Quotas;
use crate::session::Sessions;
use crate::store::authenticator::factor_attempt::AttemptLimits;

/// The services. Their methods must run on the runtime that the store was opened on.
pub struct Authn {
    /// Logins with a password, and its change by someone who knows it.
    pub passwords: Arc<Passwords>,
    /// Second steps of logins, step-ups, and the list of factors.
    pub mfa: Arc<Mfa>,
    /// Authenticator apps: enrolled and removed.
    pub totp: Arc<TotpFactors>,
    /// Phone numbers for codes: enrolled, confirmed and removed.
    pub sms: Arc<SmsNumbers>,
    /// Backup codes: generated.
    pub backup_codes: Arc<BackupCodes>,
    /// Passkeys: enrolled, renamed and removed, and logins with one alone.
    pub passkeys: Arc<Passkeys>,
    /// Identities at other providers: listed and removed.
    pub identities: Arc<Identities>,
    /// Logins with other providers.
    pub federation: Arc<FederatedLogins>,
    /// The first password or passkey of people who have come from another provider.
    pub first_credentials: Arc<FirstCredentials>,
    /// Registrations and the verification of their addresses.
    pub registration: Arc<Registration>,
    /// Passwords that are reset by a link.
    pub recovery: Arc<Recovery>,
    /// Changes of address.
    pub email_changes: Arc<EmailChanges>,
    /// What the links in warnings do.
    pub link_actions: Arc<LinkActions>,
    /// Links as pages show them before they are used.
    pub link_views: Arc<LinkViews>,
    /// Devices that accounts know, and `logout-all`.
    pub devices: Arc<Devices>,
    /// The delays of logins from unknown devices, which the background job saves and exchanges.
    pub login_delays: Arc<LoginDelays>,
    /// CAPTCHAs: challenges, and the verification of answers.
    pub captcha: Arc<Captcha>,
    /// What is still to be done for requests that were answered; it is waited for at shutdown.
    pub background_tasks: BackgroundTasks,
}

/// What the services are made of, besides their settings.
pub struct AuthnParts {
    pub env: Arc<FlowEnvironment>,
    pub sessions: Arc<Sessions>,
    /// Shared with administration and import.
    pub hashing: Arc<PasswordPool>,
    pub login_delays: Arc<LoginDelays>,
    pub captcha: Arc<Captcha>,
    pub geoip: Arc<GeoIp>,
    /// The quotas for messages.
    pub quotas: Arc<Quotas>,
    pub relying_party: RelyingParty,
    /// The providers of the settings.
    pub providers: Arc<Providers>,
}

/// What several services share.
struct Common {
    env: Arc<FlowEnvironment>,
    sessions: Arc<Sessions>,
    hashing: Arc<PasswordPool>,
    quotas: Arc<Quotas>,
    devices: Arc<Devices>,
    opening: Arc<SessionOpening>,
    verifier: Arc<PasswordVerifier>,
    withdrawals: Withdrawals,
    links: Arc<Links>,
    pending: Arc<PendingRegistrations>,
    codes: Arc<LoginCodes>,
}

impl Common {
    fn new(config: &Config, parts: &AuthnParts, background_tasks: BackgroundTasks) -> Self {
        let env = &parts.env;
        let sessions = Arc::clone(&parts.sessions);
        let devices = Arc::new(Devices { env: Arc::clone(env), sessions: Arc::clone(&sessions) });
        let opening = Arc::new(SessionOpening {
            env: Arc::clone(env),
            sessions: Arc::clone(&sessions),
            devices: Arc::clone(&devices),
            geoip: Arc::clone(&parts.geoip),
            anomalies: config.anomalies.clone(),
            email_verification: config.accounts.email_verification,
        });
        let withdrawals =
            Withdrawals { store: Arc::clone(&env.store), background_tasks: background_tasks.clone() };
        let verifier = Arc::new(PasswordVerifier {
            env: Arc::clone(env),
            hashing: Arc::clone(&parts.hashing),
            limits: config.throttle.password,
            login_delays: Arc::clone(&parts.login_delays),
            background_tasks: background_tasks.clone(),
            withdrawals: withdrawals.clone(),
        });
        let links = Arc::new(Links {
            env: Arc::clone(env),
            rules: config.accounts.clone(),
            quotas: Arc::clone(&parts.quotas),
            background_tasks,
        });
        let pending = Arc::new(PendingRegistrations {
            env: Arc::clone(env),
            verifier: Arc::clone(&verifier),
            links: Arc::clone(&links),
        });
        let codes = Arc::new(LoginCodes { env: Arc::clone(env), providers: Arc::clone(&parts.providers) });
        Self {
            env: Arc::clone(env),
            codes,
            sessions,
            hashing: Arc::clone(&parts.hashing),
            quotas: Arc::clone(&parts.quotas),
            devices,
            opening,
            verifier,
            withdrawals,
            links,
            pending,
        }
    }

    fn passwords(&self, config: &Config, challenges: &Arc<LoginChallenges>) -> Passwords {
        Passwords {
            env: Arc::clone(&self.env),
            sessions: Arc::clone(&self.sessions),
            hashing: Arc::clone(&self.hashing),
            verifier: Arc::clone(&self.verifier),
            devices: Arc::clone(&self.devices),
            pending: Arc::clone(&self.pending),
            challenges: Arc::clone(challenges),
            opening: Arc::clone(&self.opening),
            enforcement: config.mfa.enforcement,
        }
    }

    fn registration(&self, config: &Config) -> Registration {
        Registration {
            env: Arc::clone(&self.env),
            rules: config.accounts.clone(),
            hashing: Arc::clone(&self.hashing),
            verifier: Arc::clone(&self.verifier),
            links: Arc::clone(&self.links),
            pending: Arc::clone(&self.pending),
        }
    }

    fn recovery(&self, config: &Config, factors: &Arc<FactorVerifier>) -> Recovery {
        Recovery {
            env: Arc::clone(&self.env),
            sessions: Arc::clone(&self.sessions),
            hashing: Arc::clone(&self.hashing),
            factors: Arc::clone(factors),
            devices: Arc::clone(&self.devices),
            links: Arc::clone(&self.links),
            quotas: Arc::clone(&self.quotas),
            pending: Arc::clone(&self.pending),
            requires_factor: config.mfa.reset_requires_factor,
        }
    }

    fn identities(&self) -> Identities {
        Identities {
            env: Arc::clone(&self.env),
            sessions: Arc::clone(&self.sessions),
            providers: Arc::clone(&self.codes.providers),
        }
    }

    fn federation(&self, config: &Config, challenges: &Arc<LoginChallenges>) -> FederatedLogins {
        FederatedLogins {
            env: Arc::clone(&self.env),
            sessions: Arc::clone(&self.sessions),
            providers: Arc::clone(&self.codes.providers),
            codes: Arc::clone(&self.codes),
            challenges: Arc::clone(challenges),
            opening: Arc::clone(&self.opening),
            devices: Arc::clone(&self.devices),
            links: Arc::clone(&self.links),
            rules: config.accounts.clone(),
            enforcement: config.mfa.enforcement,
            waiting: Semaphore::new(federation::MOST_WAITING),
        }
    }

    fn first_credentials(&self, passkeys: &Arc<Passkeys>) -> FirstCredentials {
        FirstCredentials {
            env: Arc::clone(&self.env),
            sessions: Arc::clone(&self.sessions),
            hashing: Arc::clone(&self.hashing),
            links: Arc::clone(&self.links),
            codes: Arc::clone(&self.codes),
            passkeys: Arc::clone(passkeys),
        }
    }

    fn email_changes(&self) -> EmailChanges {
        EmailChanges { env: Arc::clone(&self.env), links: Arc::clone(&self.links) }
    }

    fn link_actions(&self) -> LinkActions {
        LinkActions {
            env: Arc::clone(&self.env),
            sessions: Arc::clone(&self.sessions),
            links: Arc::clone(&self.links),
        }
    }
}

/// The second factors.
struct Factors {
    totp: Arc<TotpFactors>,
    sms: Arc<SmsNumbers>,
    backup_codes: Arc<BackupCodes>,
    passkeys: Arc<PasskeyVerifier>,
    changes: Arc<FactorChanges>,
    verifier: Arc<FactorVerifier>,
}

impl Factors {
    fn new(config: &Config, common: &Common, relying_party: RelyingParty) -> Self {
        let env = &common.env;
        let changes = Arc::new(FactorChanges {
            env: Arc::clone(env),
            sessions: Arc::clone(&common.sessions),
            policy: config.mfa.policy,
        });
        let backup_codes =
            Arc::new(BackupCodes { env: Arc::clone(env), hashing: Arc::clone(&common.hashing) });
        let totp = Arc::new(TotpFactors {
            env: Arc::clone(env),
            issuer: config.mfa.issuer.clone(),
            changes: Arc::clone(&changes),
            backup_codes: Arc::clone(&backup_codes),
        });
        let sms_codes = Arc::new(SmsCodes {
            env: Arc::clone(env),
            rules: config.mfa.sms.clone(),
            limits: config.throttle.sms,
        });
        let passkeys = Arc::new(PasskeyVerifier {
            env: Arc::clone(env),
            ceremonies: Ceremonies { env: Arc::clone(env), ttl: config.webauthn.ceremony_ttl },
            relying_party,
        });
        let verifier = Arc::new(FactorVerifier {
            env: Arc::clone(env),
            limits: AttemptLimits {
                max_failures: config.throttle.factor.max_failures,
                lockout: config.throttle.factor.lockout,
                max_consecutive: config.throttle.factor.max_consecutive_failures,
            },
            totp: Arc::clone(&totp),
            backup_codes: Arc::clone(&backup_codes),
            sms_codes: Arc::clone(&sms_codes),
            passkeys: Arc::clone(&passkeys),
            withdrawals: common.withdrawals.clone(),
        });
        let sms = SmsNumbers { env: Arc::clone(env), codes: sms_codes, changes: Arc::clone(&changes) };
        Self { totp, sms: Arc::new(sms), backup_codes, passkeys, changes, verifier }
    }

    fn mfa(&self, config: &Config, common: &Common, challenges: &Arc<LoginChallenges>) -> Mfa {
        Mfa {
            env: Arc::clone(&common.env),
            rules: config.mfa.clone(),
            sessions: Arc::clone(&common.sessions),
            passwords: Arc::clone(&common.verifier),
            factors: Arc::clone(&self.verifier),
            passkeys: Arc::clone(&self.passkeys),
            sms_codes: Arc::clone(&self.sms.codes),
            challenges: Arc::clone(challenges),
            devices: Arc::clone(&common.devices),
            opening: Arc::clone(&common.opening),
            codes: Arc::clone(&common.codes),
        }
    }

    fn passkeys(&self, common: &Common) -> Passkeys {
        Passkeys {
            env: Arc::clone(&common.env),
            verifier: Arc::clone(&self.passkeys),
            changes: Arc::clone(&self.changes),
            backup_codes: Arc::clone(&self.backup_codes),
            devices: Arc::clone(&common.devices),
            opening: Arc::clone(&common.opening),
            begun: BegunEnrollments::default(),
        }
    }
}

impl Authn {
    /// Puts the services together, with the rules of the configuration.
    pub fn new(config: &Config, parts: AuthnParts) -> Self {
        let background_tasks = BackgroundTasks::new();
        let common = Common::new(config, &parts, background_tasks.clone());
        let factors = Factors::new(config, &common, parts.relying_party);
        let challenges = Arc::new(LoginChallenges {
            env: Arc::clone(&common.env),
            opening: Arc::clone(&common.opening),
            ttl: config.mfa.challenge_ttl,
        });
        let passkeys = Arc::new(factors.passkeys(&common));
        Self {
            passwords: Arc::new(common.passwords(config, &challenges)),
            mfa: Arc::new(factors.mfa(config, &common, &challenges)),
            first_credentials: Arc::new(common.first_credentials(&passkeys)),
            passkeys,
            identities: Arc::new(common.identities()),
            federation: Arc::new(common.federation(config, &challenges)),
            registration: Arc::new(common.registration(config)),
            recovery: Arc::new(common.recovery(config, &factors.verifier)),
            email_changes: Arc::new(common.email_changes()),
            link_actions: Arc::new(common.link_actions()),
            link_views: Arc::new(LinkViews { env: common.env, geoip: parts.geoip }),
            totp: factors.totp,
            sms: factors.sms,
            backup_codes: factors.backup_codes,
            devices: common.devices,
            login_delays: parts.login_delays,
            captcha: parts.captcha,
            background_tasks,
        }
    }
}

impl std::fmt::Debug for Authn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Authn")
    }
}

impl std::fmt::Debug for AuthnParts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AuthnParts")
    }
}
