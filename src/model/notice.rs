//! The messages to people: what a mail or an SMS tells, as typed facts. The words of each language are in
//! `locales/`.

mod channel;
mod device_name;
mod duration_text;
mod help;
mod letter;
mod place;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::account::Role;
use super::factor::Factor;
use crate::clock::Timestamp;

pub use channel::Channel;
pub use device_name::DeviceName;
pub use help::Help;
pub use letter::{HelpLink, Letter};
pub use place::Place;

/// One message. Serialized, it waits sealed in the outbox, because links are secrets.
///
/// Messages of earlier versions stay readable, because they may wait while a server is upgraded. Moments are RFC 3339,
/// durations are text such as `30m`, and factors are their names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub enum Notice {
    /// To the address of a new account.
    VerifyEmail {
        /// The link, a secret.
        link: String,
        /// How long the link works.
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// To the owner of an address that someone tried to register.
    AddressTaken {
        /// A page on which the owner can reset the password; no secret.
        reset_link: String,
    },
    /// To someone who forgot the password.
    ResetPassword {
        /// The link, a secret.
        link: String,
        /// How long the link works.
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// To the owner who has secured the account by the link in a warning: the password is void until another one is set.
    AccountSecured {
        /// The link to set a new password, a secret.
        link: String,
        /// How long the link works.
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// To someone who has come from another provider and has neither a password nor a passkey.
    FirstCredential {
        /// The link, a secret.
        link: String,
        /// How long the link works.
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// The account has got its first password.
    PasswordSet {
        /// When the password was set.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// The password was changed or reset.
    PasswordChanged {
        /// When the password was set.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// The address was proven for the first time by resetting the password; everything that had been enrolled before
    /// is removed.
    AccountReclaimed {
        /// When the password was set.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// To the address that the account is to move to.
    ConfirmEmailChange {
        /// The link, a secret.
        link: String,
        /// How long the link works.
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// To the present address of the account. The new one is masked.
    EmailChangeRequested {
        /// The new address, masked.
        new_address: String,
        /// When the change was requested.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// To the former address of the account. The new one is masked.
    EmailChanged {
        /// The new address, masked.
        new_address: String,
        /// When the address changed.
        at: Timestamp,
    },
    /// To the address that an administrator has given the account.
    EmailAssigned {
        /// When the address changed.
        at: Timestamp,
    },
    /// To someone whom an administrator invites.
    Invitation {
        /// The link, a secret.
        link: String,
        /// How long the link works.
        #[serde(with = "duration_text")]
        expires_in: Duration,
        /// The name of the administrator, if they have one.
        #[serde(default)]
        inviter: Option<String>,
        /// The highest role that the account is to have.
        #[serde(default)]
        role: Option<Role>,
    },
    /// A login from a device that was not seen before.
    NewDevice {
        /// When the session was opened.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// A spent refresh token was used again, and its session was revoked.
    ReplayDetected {
        /// When the token was used again.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// A session was revoked because a spent refresh token was used again, by a client that lost the answer or by a
    /// thief.
    RefreshUnconfirmed {
        /// When the token was used again.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// The account has one more second factor.
    FactorAdded {
        /// The factor that it is about.
        factor: FactorName,
        /// When the factor was enrolled.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// The account has one second factor less.
    FactorRemoved {
        /// The factor that it is about.
        factor: FactorName,
        /// When the factor was removed.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// A provider leads to the account from now on.
    IdentityLinked {
        /// What people know the provider by.
        provider: String,
        /// When the identity was linked.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// A provider no longer leads to the account.
    IdentityRemoved {
        /// What people know the provider by.
        provider: String,
        /// When the identity was removed.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// A backup code was used for a login; so many are left.
    BackupCodeUsed {
        /// The number of unused codes.
        left: u32,
        /// When the code was used.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// Few backup codes are left.
    BackupCodesLow {
        /// The number of unused codes.
        left: u32,
    },
    /// A new set of backup codes replaced the previous one.
    BackupCodesRenewed {
        /// When the codes were generated.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// Too many wrong passwords.
    AccountLocked {
        /// When the password was locked.
        at: Timestamp,
    },
    /// The password was right, but too many codes of the second factor were wrong.
    FactorLocked {
        /// The factor that it is about.
        factor: Factor,
        /// When the factor was locked.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// An administrator removed all second factors.
    FactorsReset {
        /// When the factors were removed.
        at: Timestamp,
        /// From then on the password alone opens the account.
        usable_at: Timestamp,
    },
    /// A login from an unexpected location.
    UnusualLogin {
        /// Such as `Berlin, DE`.
        location: String,
        /// When the session was opened.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// The owner has asked for the erasure of the account, and may take it back until `erase_at`.
    ErasureRequested {
        /// When the account will be erased.
        erase_at: Timestamp,
        /// When the erasure was requested.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// The owner logged in, which cancels the erasure.
    ErasureCancelled {
        /// When the owner logged in.
        at: Timestamp,
        /// Where the request came from.
        place: Place,
    },
    /// The account no longer exists.
    AccountErased {
        /// When the account was erased.
        at: Timestamp,
    },
    /// To an address that someone has named who logs in with a provider.
    FederationCode {
        /// What people know the provider by.
        provider: String,
        /// Ten letters and digits, a secret.
        code: String,
        /// How long the code works.
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
    /// A code by SMS; the only notice that is not a mail.
    SmsCode {
        /// Six digits, a secret.
        code: String,
        /// How long the code works.
        #[serde(with = "duration_text")]
        expires_in: Duration,
    },
}

/// A factor as its owner knows it. Stored as text: a passkey whose owner called it `totp` is read back as that factor,
/// which changes nothing but a word in a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FactorName {
    /// A factor of which an account has at most one.
    Kind(Factor),
    /// A passkey with the name that its owner gave it: `Passkey (Work)`.
    Passkey(String),
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
                | Self::AccountSecured { .. }
                | Self::FirstCredential { .. }
                | Self::ConfirmEmailChange { .. }
                | Self::Invitation { .. }
                | Self::FederationCode { .. }
                | Self::SmsCode { .. }
        )
    }

    /// Whether it goes to an address that the account has no longer. The next one of its kind goes to another address, and
    /// cannot take its place.
    pub const fn is_to_former_address(&self) -> bool {
        matches!(self, Self::EmailChanged { .. })
    }

    /// Whether it may use the reserved part of the global quota: messages that give people access to their accounts.
    pub const fn is_for_access(&self) -> bool {
        matches!(
            self,
            Self::VerifyEmail { .. }
                | Self::ResetPassword { .. }
                | Self::AccountSecured { .. }
                | Self::FirstCredential { .. }
                | Self::FederationCode { .. }
        )
    }

    /// Whether people who have proven nothing about the recipient can cause it to be sent.
    pub const fn is_requested(&self) -> bool {
        matches!(
            self,
            Self::VerifyEmail { .. }
                | Self::AddressTaken { .. }
                | Self::ResetPassword { .. }
                | Self::ConfirmEmailChange { .. }
                | Self::FederationCode { .. }
        )
    }

    /// The name of the template: of its file, in the outbox and as the label of metrics.
    pub const fn template(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AddressTaken { .. } => "address_taken",
            Self::ResetPassword { .. } => "reset_password",
            Self::AccountSecured { .. } => "account_secured",
            Self::FirstCredential { .. } => "first_credential",
            Self::PasswordSet { .. } => "password_set",
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
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityRemoved { .. } => "identity_removed",
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
            Self::FederationCode { .. } => "federation_code",
            Self::SmsCode { .. } => "sms_code",
        }
    }
}

/// Without the facts, some of which are secrets.
impl std::fmt::Debug for Notice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Notice({})", self.template())
    }
}

#[cfg(test)]
mod tests;
