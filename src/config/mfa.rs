//! `mfa.*`: second factors.

mod sms;

use std::time::Duration;

pub use sms::SmsCodes;

use super::{Environment, Reader, setting};
use crate::model::factor::{MfaEnforcement, MfaPolicy};

/// A colon separates the issuer from the name of the account in an `otpauth` URI.
const RESERVED: [char; 2] = [':', '%'];
const ISSUER_BYTES: usize = 64;

#[derive(Clone, Debug)]
pub struct Mfa {
    /// Who must have a second factor. A session of an account without one can do nothing but enroll it.
    pub policy: MfaPolicy,
    /// Whether logins ask for second factors at all.
    pub enforcement: MfaEnforcement,
    /// The name of the service in authenticator apps.
    pub issuer: String,
    /// How long a login waits for the second factor.
    pub challenge_ttl: Duration,
    /// How long a device is trusted.
    pub trusted_device_ttl: Duration,
    /// How long no one can log in after an administrator has reset the second factors, so that the owner has time to
    /// object.
    pub reset_cooldown: Duration,
    /// Whether resetting a password needs a second factor if the account has one. If not, the next login asks for it.
    pub reset_requires_factor: bool,
    pub sms: SmsCodes,
}

super::text_enum!(MfaEnforcement { On => "on", Off => "off" });
super::text_enum!(MfaPolicy { Optional => "optional", Admins => "admins", Required => "required" });

impl Mfa {
    pub(super) fn read(reader: &mut Reader, profile: Environment, product: &str) -> Self {
        let cooldown = if profile.is_development() { 0 } else { 24 * 3600 };
        reader.section("Second factors");
        let second = Duration::from_secs(1);
        let mfa = Self {
            policy: reader.choice(
                setting(
                    "mfa.policy",
                    "Who must have a second factor; `admins` are all accounts with a role above \
                    `user`.",
                ),
                MfaPolicy::Optional,
            ),
            enforcement: reader.choice(
                setting(
                    "mfa.enforcement",
                    "A switch for incidents: with `off`, logins end after the password although the account has a \
                    second factor. Such sessions are AAL1, and nothing opens to them that asks for two factors.",
                ),
                MfaEnforcement::On,
            ),
            issuer: reader.value(
                setting("mfa.issuer", "The name of the service in authenticator apps.")
                    .note("1 to 64 bytes without `:` and `%`")
                    .default_note("`branding.product_name`, made to fit"),
                default_issuer(product),
            ),
            challenge_ttl: reader.value(
                setting(
                    "mfa.challenge_ttl",
                    "How long a login waits for the second factor after the password was right.",
                )
                .between(second, Duration::from_secs(900)),
                Duration::from_secs(300),
            ),
            trusted_device_ttl: reader.value(
                setting("mfa.trusted_device_ttl", "How long a trusted device needs no second factor.")
                    .between(second, days(90)),
                days(30),
            ),
            reset_cooldown: reader.value(
                setting(
                    "mfa.reset_cooldown",
                    "How long no one can log in to an account after an administrator has reset \
                    its second factors, so that the owner has time to object.",
                )
                .at_most(days(30)),
                Duration::from_secs(cooldown),
            ),
            reset_requires_factor: reader.value(
                setting(
                    "mfa.reset_requires_factor",
                    "Whether resetting a password needs a second factor if the account has one. \
                    If not, the next login asks for it.",
                ),
                false,
            ),
            sms: SmsCodes::read(reader),
        };
        mfa.check(reader);
        mfa
    }

    fn check(&self, reader: &mut Reader) {
        if self.enforcement == MfaEnforcement::Off {
            reader.warn(
                "mfa.enforcement is off: logins do not ask for second factors, so a password alone opens every \
                 account. Turn it on again as soon as the incident is over",
            );
        }
        let is_plain = !self.issuer.contains(RESERVED) && !self.issuer.trim().is_empty();
        reader.check(
            "mfa.issuer",
            is_plain && self.issuer.len() <= ISSUER_BYTES,
            "must be 1 to 64 bytes without : and %",
        );
    }
}

/// The name of the product, as an issuer can be written.
fn default_issuer(name: &str) -> String {
    let plain = name.replace(RESERVED, "");
    match plain[..plain.floor_char_boundary(ISSUER_BYTES)].trim() {
        "" => "Kindred".to_owned(),
        issuer => issuer.to_owned(),
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}
