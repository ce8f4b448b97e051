//! What a person is told: the contents of every mail and SMS, without their words.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::device::Device;
use super::mask;
use super::security_event::RequestContext;

/// One message. Serialised, it waits sealed in the outbox: links are secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub enum Notice {
    /// To a new account's address.
    VerifyEmail {
        link: String,
        expires_in: String,
    },
    /// To the owner of an address that somebody tried to register.
    AddressTaken {
        reset_link: String,
    },
    ResetPassword {
        link: String,
        expires_in: String,
    },
    /// Changed or reset; to the owner.
    PasswordChanged {
        at: String,
        place: Place,
    },
    /// The first proof of the address was a reset, and what was enrolled before is removed; to the owner.
    AccountReclaimed {
        at: String,
        place: Place,
    },
    /// To the address that the account is to move to.
    ConfirmEmailChange {
        link: String,
        expires_in: String,
    },
    /// To the address that the account has so far.
    EmailChangeRequested {
        new_address: String,
        at: String,
        place: Place,
    },
    /// To the address that the account had so far.
    EmailChanged {
        new_address: String,
        at: String,
    },
    Invitation {
        link: String,
        expires_in: String,
    },
    /// A login from a device that was not seen before.
    NewDevice {
        at: String,
        place: Place,
    },
    /// A spent refresh token came again, and its session has ended.
    ReplayDetected {
        at: String,
        place: Place,
    },
    /// A session has ended because its client, or a thief, used a spent refresh token again.
    RefreshUnconfirmed {
        at: String,
        place: Place,
    },
    FactorAdded {
        factor: String,
        at: String,
        place: Place,
    },
    FactorRemoved {
        factor: String,
        at: String,
        place: Place,
    },
    BackupCodeUsed {
        left: u32,
        at: String,
        place: Place,
    },
    BackupCodesLow {
        left: u32,
    },
    /// A set in place of the last one.
    BackupCodesRenewed {
        at: String,
        place: Place,
    },
    /// Too many wrong passwords.
    AccountLocked {
        at: String,
    },
    /// The password was right, and too many second factors wrong.
    FactorLocked {
        factor: String,
        at: String,
        place: Place,
    },
    /// By an administrator.
    FactorsReset {
        at: String,
        /// From when on the password alone opens the account.
        usable_at: String,
    },
    /// A login from where it was not to be expected.
    UnusualLogin {
        /// Such as `Berlin, DE`.
        location: String,
        at: String,
        place: Place,
    },
    ErasureRequested {
        erase_at: String,
        at: String,
        place: Place,
    },
    ErasureCancelled {
        at: String,
        place: Place,
    },
    AccountErased {
        at: String,
    },
    /// A code by SMS; the only notice that is no mail.
    SmsCode {
        code: String,
        expires_in: String,
    },
}

/// Where something was done from, as far as the person should recognise it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Such as `Firefox on Linux`.
    pub device: Option<String>,
    /// The masked network.
    pub network: Option<String>,
}

impl Place {
    pub fn of(context: &RequestContext) -> Self {
        let device = Device::describe(None, context.user_agent.as_deref());
        let address = context.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
        Self { device: device.summary(), network: address.map(mask::network) }
    }
}

impl Notice {
    /// Whether it tells of something that has happened to the account. The others are sent because somebody,
    /// who need not be the owner, has just asked for them.
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

    /// Whether it may use what is kept of the quota for all: what gives people back their accounts, or lets them
    /// begin.
    pub const fn is_for_access(&self) -> bool {
        matches!(self, Self::VerifyEmail { .. } | Self::ResetPassword { .. })
    }

    /// Whether people who prove nothing about the recipient can have it sent there.
    pub const fn is_requested(&self) -> bool {
        matches!(
            self,
            Self::VerifyEmail { .. }
                | Self::AddressTaken { .. }
                | Self::ResetPassword { .. }
                | Self::ConfirmEmailChange { .. }
        )
    }

    /// The template's name: a file, a column and a metric's label.
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

/// How a message travels.
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

/// A message with its recipient: what is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// An e-mail address, or a phone number in E.164.
    pub to: String,
    pub display_name: Option<String>,
    /// A language tag.
    pub locale: Option<String>,
    pub notice: Notice,
    /// Whether a device asked for it that is known to the account.
    #[serde(default)]
    pub known_device: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_stored_and_read_back() {
        let notice =
            Notice::ResetPassword { link: "https://id.example/x".to_owned(), expires_in: "30m".to_owned() };
        let letter = Letter {
            to: "ada@example.com".to_owned(),
            display_name: None,
            locale: None,
            notice,
            known_device: false,
        };
        let stored = serde_json::to_string(&letter).unwrap();
        assert!(stored.contains(&format!("\"template\":\"{}\"", letter.notice.template())));
        assert_eq!(serde_json::from_str::<Letter>(&stored).unwrap(), letter);
    }

    #[test]
    fn a_place_is_recognisable_and_masked() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let context = RequestContext {
            correlation_id: String::new(),
            address: Some("192.0.2.77".to_owned()),
            user_agent: Some(agent.to_owned()),
        };
        let place = Place::of(&context);
        assert_eq!(place.device.as_deref(), Some("Firefox on Linux"));
        assert_eq!(place.network.as_deref(), Some("192.0.2.0/24"));
        assert_eq!(Place::of(&RequestContext::default()), Place::default());
    }
}
