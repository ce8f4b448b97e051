//! The messages to people: what a mail or an SMS tells, as typed facts. How they are worded is decided for each
//! language in `notification::template`.

mod device_name;

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::factor::Factor;
use super::mask;
use super::security_event::RequestContext;
use crate::clock::Timestamp;

pub use device_name::DeviceName;

/// One message. Serialized, it waits sealed in the outbox, because links are secrets.
///
/// Messages of earlier versions stay readable, because they may wait while a server is upgraded. Moments are RFC 3339,
/// durations are text such as `30m`, and factors are their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub enum Notice {
    /// To the address of a new account.
    VerifyEmail {
        link: String,
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// To the owner of an address that someone tried to register.
    AddressTaken {
        reset_link: String,
    },
    /// To someone who forgot the password.
    ResetPassword {
        link: String,
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// The password was changed or reset.
    PasswordChanged {
        at: Timestamp,
        place: Place,
    },
    /// The address was proven for the first time by resetting the password; everything that had been enrolled before
    /// is removed.
    AccountReclaimed {
        at: Timestamp,
        place: Place,
    },
    /// To the address that the account is to move to.
    ConfirmEmailChange {
        link: String,
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// To the present address of the account. The new one is masked.
    EmailChangeRequested {
        new_address: String,
        at: Timestamp,
        place: Place,
    },
    /// To the former address of the account. The new one is masked.
    EmailChanged {
        new_address: String,
        at: Timestamp,
    },
    /// To the address that an administrator has given the account.
    EmailAssigned {
        at: Timestamp,
    },
    /// To someone whom an administrator invites.
    Invitation {
        link: String,
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// A login from a device that was not seen before.
    NewDevice {
        at: Timestamp,
        place: Place,
    },
    /// A spent refresh token was used again, and its session was revoked.
    ReplayDetected {
        at: Timestamp,
        place: Place,
    },
    /// A session was revoked because a spent refresh token was used again, by a client that lost the answer or by a
    /// thief.
    RefreshUnconfirmed {
        at: Timestamp,
        place: Place,
    },
    FactorAdded {
        factor: FactorName,
        at: Timestamp,
        place: Place,
    },
    FactorRemoved {
        factor: FactorName,
        at: Timestamp,
        place: Place,
    },
    /// A backup code was used for a login; so many are left.
    BackupCodeUsed {
        left: u32,
        at: Timestamp,
        place: Place,
    },
    BackupCodesLow {
        left: u32,
    },
    /// A new set of backup codes replaced the previous one.
    BackupCodesRenewed {
        at: Timestamp,
        place: Place,
    },
    /// Too many wrong passwords.
    AccountLocked {
        at: Timestamp,
    },
    /// The password was right, but too many codes of the second factor were wrong.
    FactorLocked {
        factor: Factor,
        at: Timestamp,
        place: Place,
    },
    /// An administrator removed all second factors.
    FactorsReset {
        at: Timestamp,
        /// From then on the password alone opens the account.
        usable_at: Timestamp,
    },
    /// A login from an unexpected location.
    UnusualLogin {
        /// Such as `Berlin, DE`.
        location: String,
        at: Timestamp,
        place: Place,
    },
    ErasureRequested {
        erase_at: Timestamp,
        at: Timestamp,
        place: Place,
    },
    ErasureCancelled {
        at: Timestamp,
        place: Place,
    },
    AccountErased {
        at: Timestamp,
    },
    /// A code by SMS; the only notice that is not a mail.
    SmsCode {
        code: String,
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
}

/// A factor as its owner knows it. Stored as text: a passkey whose owner called it `totp` is read back as that factor,
/// which changes nothing but a word in a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FactorName {
    Kind(Factor),
    /// A passkey with the name that its owner gave it: `Passkey (Work)`.
    Passkey(String),
}

/// Where something was done from, as far as the user should recognize it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub device: Option<DeviceName>,
    /// The masked network.
    pub network: Option<String>,
}

impl Place {
    pub fn of(context: &RequestContext) -> Self {
        let device = DeviceName::of_user_agent(context.user_agent.as_deref());
        let address = context.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
        Self { device, network: address.map(mask::network) }
    }
}

/// Durations as text: `30m`, `7days`. The words of earlier versions, `30 minutes`, are read as well.
mod duration_text {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(*duration))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map_err(D::Error::custom)
    }
}

impl Notice {
    /// Whether it tells of something that has happened to the account. The others are sent because someone, not
    /// necessarily the owner, has just asked for them.
    pub const fn is_warning(&self) -> bool {
        !matches!(
            self,
            Self::VerifyEmail { .. }
                | Self::AddressTaken { .. }
                | Self::ResetPassword { .. }
                | Self::ConfirmEmailChange { .. }
                | Self::Invitation { .. }
                | Self::SmsCode { .. }
        )
    }

    /// Whether it may use the reserved part of the global quota: messages that give people access to their accounts.
    pub const fn is_for_access(&self) -> bool {
        matches!(self, Self::VerifyEmail { .. } | Self::ResetPassword { .. })
    }

    /// Whether people who have proven nothing about the recipient can cause it to be sent.
    pub const fn is_requested(&self) -> bool {
        matches!(
            self,
            Self::VerifyEmail { .. }
                | Self::AddressTaken { .. }
                | Self::ResetPassword { .. }
                | Self::ConfirmEmailChange { .. }
        )
    }

    /// The name of the template: of its file, in the outbox and as the label of metrics.
    pub const fn template(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AddressTaken { .. } => "address_taken",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged { .. } => "password_changed",
            Self::AccountReclaimed { .. } => "account_reclaimed",
            Self::ConfirmEmailChange { .. } => "confirm_email_change",
            Self::EmailChangeRequested { .. } => "email_change_requested",
            Self::EmailChanged { .. } => "email_changed",
            Self::EmailAssigned { .. } => "email_assigned",
            Self::Invitation { .. } => "invitation",
            Self::NewDevice { .. } => "new_device",
            Self::ReplayDetected { .. } => "replay_detected",
            Self::RefreshUnconfirmed { .. } => "refresh_unconfirmed",
            Self::FactorAdded { .. } => "factor_added",
            Self::FactorRemoved { .. } => "factor_removed",
            Self::BackupCodeUsed { .. } => "backup_code_used",
            Self::BackupCodesLow { .. } => "backup_codes_low",
            Self::BackupCodesRenewed { .. } => "backup_codes_renewed",
            Self::AccountLocked { .. } => "account_locked",
            Self::FactorLocked { .. } => "factor_locked",
            Self::FactorsReset { .. } => "factors_reset",
            Self::UnusualLogin { .. } => "unusual_login",
            Self::ErasureRequested { .. } => "erasure_requested",
            Self::ErasureCancelled { .. } => "erasure_cancelled",
            Self::AccountErased { .. } => "account_erased",
            Self::SmsCode { .. } => "sms_code",
        }
    }
}

/// How a message is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    Mail,
    Sms,
}

impl Channel {
    pub const ALL: [Self; 2] = [Self::Mail, Self::Sms];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }

    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }
}

/// A message with its recipient: the part of the outbox's row that is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// An e-mail address, or a phone number in E.164.
    pub to: String,
    pub display_name: Option<String>,
    /// A language tag.
    pub locale: Option<String>,
    pub notice: Notice,
    /// Whether it was requested by a device that is known to the account.
    #[serde(default)]
    pub known_device: bool,
}

#[cfg(test)]
mod tests;
