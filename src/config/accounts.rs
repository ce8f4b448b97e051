//! `accounts.*`: registration, and how long the links in mails work.

use std::time::Duration;

use super::{Environment, Reader, setting};

#[derive(Clone, Debug)]
pub struct Accounts {
    pub registration: Registration,
    pub email_verification: EmailVerification,
    /// The version of the terms that a registration must accept, if any.
    pub terms_version: Option<String>,
    pub verification_ttl: Duration,
    pub reset_ttl: Duration,
    pub email_change_ttl: Duration,
    pub invitation_ttl: Duration,
    pub first_credential_ttl: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Anyone may register.
    Open,
    /// Only people who were invited may register.
    Invite,
    /// Registration is closed.
    Closed,
}

super::text_enum!(Registration { Open => "open", Invite => "invite", Closed => "closed" });

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    /// An account whose address is not verified cannot log in, and registration does not reveal which addresses have
    /// an account.
    Required,
    Optional,
}

super::text_enum!(EmailVerification { Required => "required", Optional => "optional" });

impl Accounts {
    pub(super) fn read(reader: &mut Reader, profile: Environment) -> Self {
        let verification =
            if profile.is_production() { EmailVerification::Required } else { EmailVerification::Optional };
        reader.section("Accounts");
        let ttl = |key, meaning| setting(key, meaning).between(Duration::from_secs(1), hours(24 * 90));
        Self {
            registration: reader.choice(
                setting(
                    "accounts.registration",
                    "Whether people may register: anyone, those who were invited, or no one.",
                ),
                Registration::Open,
            ),
            email_verification: reader.choice(
                setting(
                    "accounts.email_verification",
                    "Whether an address must be verified before its account can log in. Where \
                        it must, registration does not reveal which addresses have an account.",
                ),
                verification,
            ),
            terms_version: reader.optional(setting(
                "accounts.terms_version",
                "The version of the terms that a registration must accept as \
                    `accepted_terms`. Without it, none need to be accepted.",
            )),
            verification_ttl: reader.value(
                ttl("accounts.verification_ttl", "How long the link to verify an address works."),
                hours(24),
            ),
            reset_ttl: reader.value(
                ttl("accounts.reset_ttl", "How long the link to reset a password works."),
                Duration::from_secs(1800),
            ),
            email_change_ttl: reader.value(
                ttl("accounts.email_change_ttl", "How long the link to confirm a new address works."),
                hours(1),
            ),
            invitation_ttl: reader.value(
                ttl("accounts.invitation_ttl", "How long an invitation can be accepted."),
                hours(24 * 7),
            ),
            first_credential_ttl: reader.value(
                setting(
                    "accounts.first_credential_ttl",
                    "How long the link to set a first password or to add a first passkey works, for people who have come \
                        from another provider.",
                )
                .between(Duration::from_secs(60), hours(1)),
                Duration::from_secs(900),
            ),
        }
    }
}

const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}
