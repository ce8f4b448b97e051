//! `accounts.*`: who may have an account, and how long the links in mails work.

use std::time::Duration;

use super::{Environment, Reader};

#[derive(Clone, Debug)]
pub struct Accounts {
    pub registration: Registration,
    pub email_verification: EmailVerification,
    /// The version of the terms that a registration must accept; not set: none is asked for.
    pub terms_version: Option<String>,
    pub verification_ttl: Duration,
    pub reset_ttl: Duration,
    pub email_change_ttl: Duration,
    pub invitation_ttl: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Anyone may register.
    Open,
    /// Only who was invited may register.
    Invite,
    /// Nobody may register.
    Closed,
}

super::text_enum!(Registration { Open => "open", Invite => "invite", Closed => "closed" });

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    /// An account whose address is not proven cannot log in, and registration tells nobody which addresses
    /// are taken.
    Required,
    Optional,
}

super::text_enum!(EmailVerification { Required => "required", Optional => "optional" });

impl Accounts {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let verification =
            if profile.is_production() { EmailVerification::Required } else { EmailVerification::Optional };
        let accounts = Self {
            registration: reader.value("accounts.registration", Registration::Open),
            email_verification: reader.value("accounts.email_verification", verification),
            terms_version: reader.optional("accounts.terms_version"),
            verification_ttl: reader.duration("accounts.verification_ttl", hours(24)),
            reset_ttl: reader.duration("accounts.reset_ttl", Duration::from_secs(1800)),
            email_change_ttl: reader.duration("accounts.email_change_ttl", hours(1)),
            invitation_ttl: reader.duration("accounts.invitation_ttl", hours(24 * 7)),
        };
        for (key, ttl) in [
            ("accounts.verification_ttl", accounts.verification_ttl),
            ("accounts.reset_ttl", accounts.reset_ttl),
            ("accounts.email_change_ttl", accounts.email_change_ttl),
            ("accounts.invitation_ttl", accounts.invitation_ttl),
        ] {
            let sane = Duration::from_secs(1)..=hours(24 * 90);
            reader.check(key, sane.contains(&ttl), "must be between 1s and 90d");
        }
        accounts
    }
}

const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}
