//! `mfa.*`: second factors.

mod sms;

use std::time::Duration;

pub use sms::SmsCodes;

use super::{Environment, Reader};
use crate::model::factor::MfaPolicy;

#[derive(Clone, Debug)]
pub struct Mfa {
    /// Who must have a second factor. Whoever has none can do nothing but enrol one.
    pub policy: MfaPolicy,
    /// How authenticator apps name the service.
    pub issuer: String,
    /// How long a right password waits for the second factor.
    pub challenge_ttl: Duration,
    /// Wrong codes that end a login, and lock their factor for a while.
    pub max_failures: u32,
    /// The first lock of a factor; each next one is twice as long, up to a day.
    pub lockout: Duration,
    /// Wrong codes in a row, over all locks, that disable a factor until an administrator unlocks the account.
    pub max_consecutive_failures: u32,
    /// How long a device is trusted.
    pub trusted_device_ttl: Duration,
    /// How long nobody can log in after an administrator has reset the second factors: time for the owner to
    /// object.
    pub reset_cooldown: Duration,
    /// Whether a password is reset only with a second factor, where there is one. If not, the next login asks.
    pub reset_requires_factor: bool,
    pub sms: SmsCodes,
}

impl std::str::FromStr for MfaPolicy {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Ok(match word {
            "optional" => Self::Optional,
            "admins" => Self::Admins,
            "required" => Self::Required,
            _ => return Err("must be one of: optional, admins, required"),
        })
    }
}

impl std::fmt::Display for MfaPolicy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Optional => "optional",
            Self::Admins => "admins",
            Self::Required => "required",
        })
    }
}

impl Mfa {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let cooldown = if profile.is_development() { 0 } else { 24 * 3600 };
        let mfa = Self {
            policy: reader.value("mfa.policy", MfaPolicy::Optional),
            issuer: reader.value("mfa.issuer", "Kindred".to_owned()),
            challenge_ttl: reader.duration("mfa.challenge_ttl", Duration::from_secs(300)),
            max_failures: reader.value("mfa.max_failures", 5),
            lockout: reader.duration("mfa.lockout", Duration::from_secs(15 * 60)),
            max_consecutive_failures: reader.value("mfa.max_consecutive_failures", 100),
            trusted_device_ttl: reader.duration("mfa.trusted_device_ttl", days(30)),
            reset_cooldown: reader.duration("mfa.reset_cooldown", Duration::from_secs(cooldown)),
            reset_requires_factor: reader.value("mfa.reset_requires_factor", false),
            sms: SmsCodes::read(reader),
        };
        mfa.check(reader);
        mfa
    }

    fn check(&self, reader: &mut Reader) {
        let spans = [
            ("mfa.challenge_ttl", self.challenge_ttl, Duration::from_secs(900), "must be between 1s and 15m"),
            ("mfa.lockout", self.lockout, days(1), "must be between 1s and 1d"),
            ("mfa.trusted_device_ttl", self.trusted_device_ttl, days(90), "must be between 1s and 90d"),
        ];
        for (key, span, longest, rule) in spans {
            let sane = Duration::from_secs(1)..=longest;
            reader.check(key, sane.contains(&span), rule);
        }
        reader.check("mfa.reset_cooldown", self.reset_cooldown <= days(30), "must not be longer than 30d");
        let sane = (1..=20).contains(&self.max_failures);
        reader.check("mfa.max_failures", sane, "must be between 1 and 20");
        // NIST SP 800-63B-4 §3.2.2
        let sane = (self.max_failures..=100).contains(&self.max_consecutive_failures);
        let key = "mfa.max_consecutive_failures";
        reader.check(key, sane, "must be between mfa.max_failures and 100");
        // Ahead of the account's name in an `otpauth` URI stands a colon.
        let is_plain = !self.issuer.contains([':', '%']) && !self.issuer.trim().is_empty();
        reader.check(
            "mfa.issuer",
            is_plain && self.issuer.len() <= 64,
            "must be 1 to 64 bytes without : and %",
        );
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}
