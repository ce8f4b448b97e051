//! Letters that are made up: for previews, and to try templates.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::message::Message;
use crate::clock::Timestamp;
use crate::model::account::Role;
use crate::model::factor::Factor;
use crate::model::mask;
use crate::model::notice::{DeviceName, FactorName, HelpLink, Letter, Notice, Place};
use crate::model::one_time_token::Purpose;
use crate::model::time_zone::TimeZone;

/// 21 November 2026, 17:00 UTC.
pub const AT: i64 = 1_795_280_400;
const HOUR: i64 = 3_600;
const TOKEN: &str = "kQ3vX8nW1yT6bR0sJ5dL9gH2fC7mZ4pAeUiOoKtYwN8";

/// One message of each kind.
pub fn all() -> Vec<Notice> {
    [requested(), changed(), signed_in(), factors(), ended(), vec![sms()]].concat()
}

/// One mail of each kind.
pub fn mails() -> Vec<Notice> {
    all().into_iter().filter(|notice| !matches!(notice, Notice::SmsCode { .. })).collect()
}

/// One letter of each kind in each language.
pub fn letters<'a>(languages: impl Iterator<Item = &'a str>) -> Vec<Letter> {
    languages.flat_map(|tag| all().into_iter().map(|notice| letter(notice, tag))).collect()
}

/// The letter of a message to Ada Lovelace, who reads this language in Berlin.
pub fn letter(notice: Notice, tag: &str) -> Letter {
    let purpose = match &notice {
        Notice::EmailChanged { .. } => Some(Purpose::UndoEmailChange),
        Notice::NewDevice { .. } | Notice::UnusualLogin { .. } => Some(Purpose::EndSession),
        other => other.help(),
    };
    let help = purpose.map(|purpose| HelpLink { purpose: purpose.as_str().to_owned(), url: link(purpose) });
    Letter {
        to: "ada@example.com".to_owned(),
        display_name: Some("Ada Lovelace".to_owned()),
        locale: Some(tag.to_owned()),
        time_zone: TimeZone::find("Europe/Berlin").ok().flatten(),
        notice,
        known_device: false,
        help,
    }
}

fn link(purpose: Purpose) -> String {
    format!("https://id.example.com/{}?token={TOKEN}", purpose.path())
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_unix_seconds(AT + hours * HOUR)
}

fn place() -> Place {
    let device = DeviceName { browser: Some("Firefox".to_owned()), os: Some("Windows 10".to_owned()) };
    Place { device: Some(device), network: Some("192.0.2.0/24".to_owned()), ..Place::default() }
}

fn located() -> Place {
    Place { location: Some("Hamburg, DE".to_owned()), ..place() }
}

fn requested() -> Vec<Notice> {
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    vec![
        Notice::VerifyEmail { link: link(Purpose::VerifyEmail), expires_in: hours(24) },
        Notice::AddressTaken { reset_link: "https://id.example.com/account/forgot-password".to_owned() },
        Notice::ResetPassword { link: link(Purpose::ResetPassword), expires_in: Duration::from_secs(1_800) },
        Notice::AccountSecured { link: link(Purpose::ResetPassword), expires_in: Duration::from_secs(1_800) },
        Notice::FirstCredential {
            link: link(Purpose::FirstCredential),
            expires_in: Duration::from_secs(900),
        },
        Notice::ConfirmEmailChange { link: link(Purpose::ChangeEmail), expires_in: hours(1) },
        Notice::Invitation {
            link: link(Purpose::AcceptInvitation),
            expires_in: hours(168),
            inviter: Some("Grace Hopper".to_owned()),
            role: Some(Role::Support),
        },
        Notice::FederationCode {
            provider: "google".to_owned(),
            code: "7k3mq-x9t2p".to_owned(),
            expires_in: Duration::from_secs(1_800),
        },
    ]
}

fn changed() -> Vec<Notice> {
    let new_address = || mask::email("lovelace@example.org");
    vec![
        Notice::PasswordSet { at: at(0), place: place() },
        Notice::PasswordChanged { at: at(0), place: place() },
        Notice::AccountReclaimed { at: at(0), place: place() },
        Notice::EmailChangeRequested { new_address: new_address(), at: at(0), place: place() },
        Notice::EmailChanged { new_address: new_address(), at: at(0) },
        Notice::EmailAssigned { at: at(0) },
    ]
}

fn signed_in() -> Vec<Notice> {
    vec![
        Notice::NewDevice { at: at(0), place: located() },
        Notice::UnusualLogin { location: "Oslo, NO".to_owned(), at: at(0), place: place() },
        Notice::ReplayDetected { at: at(0), place: Place::default() },
        Notice::RefreshUnconfirmed { at: at(0), place: place() },
        Notice::AccountLocked { at: at(0) },
        Notice::FactorLocked { factor: Factor::Totp, at: at(0), place: place() },
    ]
}

fn factors() -> Vec<Notice> {
    let passkey = FactorName::Passkey("Passkey (Work)".to_owned());
    vec![
        Notice::FactorAdded { factor: passkey, at: at(0), place: place() },
        Notice::FactorRemoved { factor: FactorName::Kind(Factor::Totp), at: at(0), place: place() },
        Notice::IdentityLinked { provider: "google".to_owned(), at: at(0), place: place() },
        Notice::IdentityRemoved { provider: "google".to_owned(), at: at(0), place: place() },
        Notice::BackupCodeUsed { left: 7, at: at(0), place: place() },
        Notice::BackupCodesLow { left: 1 },
        Notice::BackupCodesRenewed { at: at(0), place: place() },
        Notice::FactorsReset { at: at(0), usable_at: at(24) },
    ]
}

fn ended() -> Vec<Notice> {
    vec![
        Notice::ErasureRequested { erase_at: at(14 * 24), at: at(0), place: place() },
        Notice::ErasureCancelled { at: at(0), place: place() },
        Notice::AccountErased { at: at(0) },
    ]
}

fn sms() -> Notice {
    Notice::SmsCode { code: "123456".to_owned(), expires_in: Duration::from_secs(600) }
}

/// The paths of all fields that messages have: `brand.light.accent`.
pub fn fields(messages: &[Message]) -> Vec<String> {
    let mut fields = BTreeSet::new();
    for message in messages {
        if let Ok(value) = serde_json::to_value(message) {
            collect("", &value, &mut fields);
        }
    }
    fields.into_iter().collect()
}

fn collect(path: &str, value: &Value, fields: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(&path, value, fields);
            }
        }
        _ => {
            fields.insert(path.to_owned());
        }
    }
}
