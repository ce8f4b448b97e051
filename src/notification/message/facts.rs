//! The facts of a message in the words of its reader: what texts mention, and the rows of a mail.

use super::moment::{duration, moment};
use super::person::defused;
use super::place_name::place_name;
use super::{Fact, Words};
use crate::clock::Timestamp;
use crate::model::account::Role;
use crate::model::factor::Factor;
use crate::model::notice::{DeviceName, FactorName, Notice, Place};
use crate::model::one_time_token::Purpose;
use crate::text::{Language, Value};

/// One fact.
struct Entry {
    /// As texts mention it: `$at`.
    name: &'static str,
    value: Value<'static>,
    /// The id of its label, if it is a row of the mail.
    label: Option<&'static str>,
}

/// The facts of one message. A text that mentions anything else is a mistake.
pub struct Facts<'a> {
    words: Words<'a>,
    entries: Vec<Entry>,
}

impl<'a> Facts<'a> {
    pub fn of(notice: &Notice, product: &str, words: Words<'a>) -> Self {
        let mut facts = Self { words, entries: Vec::new() };
        facts.note("product", defused(product));
        facts.add(notice);
        facts
    }

    /// What texts may mention.
    pub fn values(&self) -> Vec<(&str, Value<'_>)> {
        self.entries.iter().map(|entry| (entry.name, entry.value.clone())).collect()
    }

    /// The names of what texts may mention.
    pub fn names(&self) -> Vec<&'static str> {
        self.entries.iter().map(|entry| entry.name).collect()
    }

    /// The rows of the mail.
    pub fn rows(&self, language: &Language) -> Vec<Fact> {
        let row = |entry: &Entry| {
            let value = match &entry.value {
                Value::Text(text) => text.clone().into_owned(),
                Value::Number(number) => number.to_string(),
            };
            Some(Fact { label: language.text(entry.label?, &[]), value })
        };
        self.entries.iter().filter_map(row).collect()
    }

    /// A fact that only texts mention.
    fn note(&mut self, name: &'static str, value: impl Into<Value<'static>>) {
        self.entries.push(Entry { name, value: value.into(), label: None });
    }

    fn row(&mut self, name: &'static str, value: impl Into<Value<'static>>, label: &'static str) {
        self.entries.push(Entry { name, value: value.into(), label: Some(label) });
    }

    fn add(&mut self, notice: &Notice) {
        match notice {
            Notice::VerifyEmail { expires_in, .. }
            | Notice::ResetPassword { expires_in, .. }
            | Notice::AccountSecured { expires_in, .. }
            | Notice::FirstCredential { expires_in, .. }
            | Notice::ConfirmEmailChange { expires_in, .. } => self.expires(*expires_in),
            Notice::Invitation { expires_in, inviter, role, .. } => {
                self.invitation(inviter.as_deref(), *role);
                self.expires(*expires_in);
            }
            Notice::AddressTaken { .. } => {}
            Notice::PasswordSet { at, place }
            | Notice::PasswordChanged { at, place }
            | Notice::AccountReclaimed { at, place }
            | Notice::NewDevice { at, place }
            | Notice::ReplayDetected { at, place }
            | Notice::RefreshUnconfirmed { at, place }
            | Notice::BackupCodesRenewed { at, place }
            | Notice::ErasureCancelled { at, place } => self.happened(*at, place),
            Notice::UnusualLogin { location, at, place } => {
                let place = Place { location: Some(location.clone()), ..place.clone() };
                self.happened(*at, &place);
            }
            Notice::EmailChangeRequested { new_address, at, place } => {
                self.row("new-address", defused(new_address), "mail-label-new-address");
                self.happened(*at, place);
            }
            Notice::EmailChanged { new_address, at } => {
                self.row("new-address", defused(new_address), "mail-label-new-address");
                self.time(*at);
                self.expires(Purpose::HELP_LIFE);
            }
            Notice::EmailAssigned { at } | Notice::AccountLocked { at } | Notice::AccountErased { at } => {
                self.time(*at);
            }
            Notice::FactorAdded { factor, at, place } | Notice::FactorRemoved { factor, at, place } => {
                self.row("factor", factor_name(factor, self.words.language), "mail-label-factor");
                self.happened(*at, place);
            }
            Notice::IdentityLinked { provider, at, place }
            | Notice::IdentityRemoved { provider, at, place } => {
                self.row("provider", defused(provider), "mail-label-provider");
                self.happened(*at, place);
            }
            Notice::FactorLocked { factor, at, place } => {
                let factor = self.words.language.text(factor_id(*factor), &[]);
                self.row("factor", factor, "mail-label-factor");
                self.happened(*at, place);
            }
            Notice::BackupCodeUsed { left, at, place } => {
                self.row("left", *left, "mail-label-codes-left");
                self.happened(*at, place);
            }
            Notice::BackupCodesLow { left } => self.note("left", *left),
            Notice::FactorsReset { at, usable_at } => {
                self.time(*at);
                self.row("usable-at", moment(self.words, *usable_at), "mail-label-usable-at");
            }
            Notice::ErasureRequested { erase_at, at, place } => {
                self.row("erase-at", moment(self.words, *erase_at), "mail-label-erase-at");
                self.happened(*at, place);
            }
            Notice::FederationCode { provider, code, expires_in } => {
                self.row("code", code.clone(), "mail-label-code");
                self.row("provider", defused(provider), "mail-label-provider");
                self.expires(*expires_in);
            }
            Notice::SmsCode { code, expires_in } => {
                self.note("code", code.clone());
                self.expires(*expires_in);
            }
        }
    }

    fn expires(&mut self, expires_in: std::time::Duration) {
        self.note("expires-in", duration(self.words.language, expires_in));
    }

    fn time(&mut self, at: Timestamp) {
        self.row("at", moment(self.words, at), "mail-label-time");
    }

    /// The moment, the device and the place. Texts may mention what is not known; rows leave it out.
    fn happened(&mut self, at: Timestamp, place: &Place) {
        let language = self.words.language;
        self.time(at);
        match &place.device {
            Some(device) => self.row("device", device_name(device, language), "mail-label-device"),
            None => self.note("device", language.text("mail-unknown-device", &[])),
        }
        match (&place.location, &place.network) {
            (Some(location), _) => self.row("place", place_name(location, language), "mail-label-place"),
            (None, Some(network)) => self.row("place", defused(network), "mail-label-network"),
            (None, None) => self.note("place", language.text("mail-unknown-place", &[])),
        }
    }

    fn invitation(&mut self, inviter: Option<&str>, role: Option<Role>) {
        let language = self.words.language;
        match inviter.map(defused).filter(|name| !name.is_empty()) {
            Some(inviter) => self.row("inviter", inviter, "mail-label-invited-by"),
            None => self.note("inviter", language.text("mail-administrator", &[])),
        }
        let role = match role {
            Some(Role::Admin) => language.text("mail-role-admin", &[]),
            Some(Role::Support) => language.text("mail-role-support", &[]),
            Some(Role::User) | None => return,
        };
        self.row("role", role, "mail-label-role");
    }
}

const fn factor_id(factor: Factor) -> &'static str {
    match factor {
        Factor::Totp => "mail-factor-totp",
        Factor::BackupCode => "mail-factor-backup-code",
        Factor::Sms => "mail-factor-sms",
        Factor::Webauthn => "mail-factor-webauthn",
    }
}

fn factor_name(name: &FactorName, language: &Language) -> String {
    match name {
        FactorName::Kind(factor) => language.text(factor_id(*factor), &[]),
        FactorName::Passkey(name) => defused(name),
    }
}

/// `Firefox on Linux`.
fn device_name(device: &DeviceName, language: &Language) -> String {
    match (&device.browser, &device.os) {
        (Some(browser), Some(os)) => {
            language.text("mail-device", &[("browser", defused(browser).into()), ("os", defused(os).into())])
        }
        (one, other) => one.as_deref().or(other.as_deref()).map(defused).unwrap_or_default(),
    }
}
