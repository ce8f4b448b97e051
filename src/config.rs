//! Configuration: the defaults of the profile, then a file, then the environment, of which the later one wins.
//!
//! Every section declares its settings where it reads them through a [`Reader`]. The reader collects all problems, so
//! that an operator sees every mistake at once, each with its key; and all declarations, which make the
//! [`reference()`].

/// Reads and shows an enum as one of the words that a setting accepts.
macro_rules! text_enum {
    ($name:ident { $($variant:ident => $text:literal),+ $(,)? }) => {
        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(format!("must be one of: {}", [$($text),+].join(", "))),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(match self { $(Self::$variant => $text,)+ })
            }
        }

        impl crate::config::SettingValue for $name {
            fn kind() -> String {
                [$(concat!("`", $text, "`")),+].join(", ")
            }

            fn parse(text: &str) -> Result<Self, String> {
                text.parse()
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    };
}
use text_enum;

mod accounts;
mod admin;
mod anomalies;
mod avatars;
mod branding;
mod breached;
mod captcha;
mod cookie;
mod cors;
mod database;
mod declaration;
mod entry;
mod error;
mod federation;
mod gateway;
mod keys;
mod mail;
mod mfa;
mod ops;
mod outbox;
mod outgoing;
mod pages;
mod password;
mod privacy;
mod profile;
mod reader;
mod redis;
mod reference;
mod refresh;
mod revocation;
mod secrets;
mod server;
mod sessions;
mod sms;
mod source;
mod span;
mod telemetry;
mod throttle;
mod tls;
mod tokens;
mod variables;
mod webauthn;
mod well_known;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use url::Url;

use self::redis::Redis;
pub(crate) use accounts::{Accounts, EmailVerification, Registration};
pub(crate) use admin::{Admin, Bootstrap};
pub(crate) use anomalies::Anomalies;
pub(crate) use avatars::{AvatarStore, Avatars, CrossOrigin, S3};
pub(crate) use branding::{Branding, Support};
pub(crate) use breached::{Breached, BreachedMode};
pub(crate) use captcha::{Captcha, CaptchaProvider};
pub(crate) use cookie::{Cookie, SameSite};
pub(crate) use cors::Cors;
pub(crate) use database::Database;
pub(crate) use declaration::{SettingValue, setting};
pub(crate) use error::ConfigError;
pub(crate) use federation::{ClientAuth, Federation, Provider};
pub(crate) use gateway::Gateway;
pub(crate) use keys::{JWKS_MAX_AGE, Keys};
pub(crate) use mail::{EhloName, Mail, MailTransport, Sender, Smtp, SmtpLogin, SmtpSecret, SmtpSecurity};
pub(crate) use mfa::{Mfa, SmsCodes};
pub(crate) use ops::Ops;
pub(crate) use outbox::Outbox;
pub(crate) use outgoing::Outgoing;
pub(crate) use pages::{PageName, Pages};
pub(crate) use password::Password;
pub(crate) use privacy::{Privacy, Retention};
pub(crate) use profile::Environment;
pub(crate) use reader::{Reader, Setting};
pub(crate) use reference::reference;
pub(crate) use refresh::Refresh;
pub(crate) use revocation::Revocation;
pub(crate) use secrets::{AwsKms, MasterKeyText, Pkcs11, Secrets, Transit, WrappingMechanism};
pub(crate) use server::{ForwardedHeader, Server};
pub(crate) use sessions::Sessions;
pub(crate) use sms::{Sms, SmsTransport, Twilio};
use source::Source;
pub(crate) use span::Span;
pub(crate) use telemetry::{LogFormat, Telemetry};
pub(crate) use throttle::{PasswordLimits, Quotas, Throttle};
pub(crate) use tls::{Acme, CertificateSource, Tls, certificate_name};
pub(crate) use tokens::Tokens;
pub(crate) use webauthn::{AndroidApp, Webauthn};
pub(crate) use well_known::WellKnown;

/// Whether a service may be called at this URL: by https, or by http outside production where the settings admit
/// addresses that are not public.
fn is_safe(url: &Url, allow_private: bool, profile: Environment) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && allow_private && !profile.is_production())
}

/// Everything the server can be told, validated.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) profile: Environment,
    pub(crate) data_dir: PathBuf,
    pub(crate) server: Server,
    pub(crate) tls: Tls,
    pub(crate) cookie: Cookie,
    pub(crate) cors: Cors,
    pub(crate) gateway: Gateway,
    pub(crate) branding: Branding,
    pub(crate) pages: Pages,
    pub(crate) ops: Ops,
    /// `database.*`, for tests that open a database by themselves.
    pub database: Database,
    pub(crate) telemetry: Telemetry,
    pub(crate) secrets: Secrets,
    pub(crate) accounts: Accounts,
    pub(crate) admin: Admin,
    pub(crate) password: Password,
    pub(crate) breached: Breached,
    pub(crate) captcha: Captcha,
    pub(crate) federation: Federation,
    pub(crate) mfa: Mfa,
    pub(crate) anomalies: Anomalies,
    pub(crate) webauthn: Webauthn,
    pub(crate) well_known: WellKnown,
    pub(crate) sessions: Sessions,
    pub(crate) refresh: Refresh,
    pub(crate) tokens: Tokens,
    pub(crate) keys: Keys,
    pub(crate) revocation: Revocation,
    pub(crate) mail: Mail,
    pub(crate) sms: Sms,
    pub(crate) outbox: Outbox,
    pub(crate) outgoing: Outgoing,
    pub(crate) throttle: Throttle,
    pub(crate) redis: Redis,
    pub(crate) privacy: Privacy,
    pub(crate) retention: Retention,
    pub(crate) avatars: Avatars,
    /// Settings that are valid but deserve the operator's attention.
    pub(crate) warnings: Vec<String>,
    /// Every setting with its effective value (secrets masked) and where it came from.
    pub(crate) settings: Vec<Setting>,
}

impl Config {
    /// Reads the file, if one is named or `kindred.toml` lies in the working directory, and the
    /// process's environment.
    ///
    /// # Errors
    /// All problems of all keys at once.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        // `std::env::vars` would panic on a variable that is not text; such a variable is not one of ours.
        let text =
            |(key, value): (OsString, OsString)| Some((key.into_string().ok()?, value.into_string().ok()?));
        Self::from_sources(file, std::env::vars_os().filter_map(text))
    }

    /// Like [`Config::load`], with the environment given.
    ///
    /// # Errors
    /// All problems of all keys at once.
    pub fn from_sources(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let source = source::read(file, environment, &Self::keys())?;
        let mut reader = Reader::new(source);
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    /// The keys of all settings.
    fn keys() -> BTreeSet<String> {
        let mut reader = Reader::new(Source::default());
        let _ = Self::read(&mut reader);
        reader.into_keys()
    }

    fn read(reader: &mut Reader) -> Self {
        reader.section("General");
        let profile = setting(
            "profile",
            "The kind of deployment, which decides the defaults and how strict the checks are.",
        );
        let profile = reader.choice(profile, Environment::Development);
        let data_dir = setting(
            "data_dir",
            "The folder of the default database, of `master.key`, of avatars and of the outbox.",
        );
        let data_dir = reader.value(data_dir, PathBuf::from("./data"));
        let mut tls = Tls::read(reader, profile);
        let server = Server::read(reader, profile, tls.is_on());
        if let Some(CertificateSource::Acme(acme)) = &mut tls.source {
            acme.complete(reader, &server.public_url);
        }
        let sessions = Sessions::read(reader);
        let branding = Branding::read(reader, profile);
        let mut config = Self {
            profile,
            cookie: Cookie::read(reader, &server),
            cors: Cors::read(reader, profile),
            gateway: Gateway::read(reader, profile),
            pages: Pages::read(reader, profile),
            ops: Ops::read(reader),
            database: Database::read(reader, profile, &data_dir),
            telemetry: Telemetry::read(reader, profile),
            secrets: Secrets::read(reader, profile, &data_dir),
            accounts: Accounts::read(reader, profile),
            admin: Admin::read(reader),
            password: Password::read(reader, profile),
            breached: Breached::read(reader, profile),
            captcha: Captcha::read(reader, profile, &server),
            federation: Federation::read(reader, profile),
            mfa: Mfa::read(reader, profile, &branding.product_name),
            anomalies: Anomalies::read(reader),
            webauthn: Webauthn::read(reader, profile, &server, &branding.product_name),
            well_known: WellKnown::read(reader),
            refresh: Refresh::read(reader, sessions.idle_timeout),
            sessions,
            tokens: Tokens::read(reader, &server),
            keys: Keys::read(reader),
            revocation: Revocation::read(reader),
            mail: Mail::read(reader, profile, &server.public_url),
            sms: Sms::read(reader, profile),
            outbox: Outbox::read(reader),
            throttle: Throttle::read(reader),
            redis: Redis::read(reader, profile),
            outgoing: Outgoing::read(reader),
            privacy: Privacy::read(reader),
            retention: Retention::read(reader),
            avatars: Avatars::read(reader, profile),
            branding,
            server,
            tls,
            data_dir,
            warnings: Vec::new(),
            settings: Vec::new(),
        };
        config.check_across_sections(reader);
        config
    }

    /// The base of links in mails.
    pub(crate) fn link_base(&self) -> &Url {
        self.pages.base_url.as_ref().unwrap_or(&self.server.public_url)
    }

    /// Rules that need more than one section.
    fn check_across_sections(&mut self, reader: &mut Reader) {
        // Only the actor remembers an acknowledged successor, so it must live longer than the grace period.
        reader.check(
            "refresh.grace",
            self.refresh.grace <= self.sessions.passivate_after,
            "must not be longer than sessions.passivate_after",
        );
        // A client without keys whose commit is slow gets 503 and sends the spent token again: that is a race, no reuse.
        let is_unknown = reader.is_refused("database.statement_timeout");
        reader.check(
            "refresh.race_window",
            is_unknown || self.refresh.race_window > self.database.statement_timeout,
            "must be longer than database.statement_timeout, or a refresh whose commit is slow ends its session",
        );
        reader.check(
            "sessions.idle_timeout",
            self.sessions.idle_timeout <= self.sessions.absolute_timeout,
            "must not be longer than sessions.absolute_timeout",
        );
        reader.check(
            "sessions.short_idle_timeout",
            self.sessions.short_idle_timeout <= self.sessions.idle_timeout,
            "must not be longer than sessions.idle_timeout",
        );
        reader.check(
            "tokens.access_ttl",
            self.tokens.access_ttl <= self.sessions.idle_timeout,
            "must not be longer than sessions.idle_timeout",
        );
        reader.check(
            "sessions.short_idle_timeout",
            self.tokens.access_ttl <= self.sessions.short_idle_timeout
                || self.sessions.short_idle_timeout == self.sessions.idle_timeout,
            "must not be shorter than tokens.access_ttl",
        );
    }
}
