//! One-time secrets in the links of mails.
//!
//! The user gets 256 bits, and the database a hash of them that is bound to the purpose: a link to reset a password
//! does not verify an address. The bits are derived from the row under a master key, so that a link can be sent again
//! and the database alone does not contain it.

use std::time::Duration;

use super::opaque_token;
pub use super::opaque_token::TokenHash;
use crate::entropy::Entropy;
use crate::secret::Secret;

/// The purpose of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Proves the address of a new account.
    VerifyEmail,
    /// Proves the address that an account is to move to.
    ChangeEmail,
    /// Sets a new password without the old one.
    ResetPassword,
    /// Admits a registration at the invited address.
    AcceptInvitation,
    /// Ends the session that a mail tells of, or secures the account.
    EndSession,
    /// Ends all sessions of an account and lets its owner set a new password.
    SecureAccount,
    /// Brings the former address of an account back.
    UndoEmailChange,
    /// Keeps an account that is to be erased.
    CancelErasure,
    /// Sets the first password, or enrolls the first passkey, in the session that asked for it.
    FirstCredential,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 9] = [
        Self::VerifyEmail,
        Self::ChangeEmail,
        Self::ResetPassword,
        Self::AcceptInvitation,
        Self::EndSession,
        Self::SecureAccount,
        Self::UndoEmailChange,
        Self::CancelErasure,
        Self::FirstCredential,
    ];

    /// The links that are sent because someone asked for them: the owner of an account, a stranger, or an intruder.
    pub const REQUESTED: [Self; 4] =
        [Self::VerifyEmail, Self::ChangeEmail, Self::ResetPassword, Self::FirstCredential];

    /// How long the links in warnings work that help people who did not do what the warning tells of.
    pub const HELP_LIFE: Duration = Duration::from_secs(7 * 86_400);

    /// The name in the database and in the hash of the token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
            Self::AcceptInvitation => "accept_invitation",
            Self::EndSession => "end_session",
            Self::SecureAccount => "secure_account",
            Self::UndoEmailChange => "undo_email_change",
            Self::CancelErasure => "cancel_erasure",
            Self::FirstCredential => "first_credential",
        }
    }

    /// The purpose with this name, if this version knows one.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }

    /// The label of the derivation of the secret from its row.
    pub const fn label(self) -> &'static str {
        match self {
            Self::VerifyEmail => "one_time_tokens/verify_email",
            Self::ChangeEmail => "one_time_tokens/change_email",
            Self::ResetPassword => "one_time_tokens/reset_password",
            Self::AcceptInvitation => "one_time_tokens/accept_invitation",
            Self::EndSession => "one_time_tokens/end_session",
            Self::SecureAccount => "one_time_tokens/secure_account",
            Self::UndoEmailChange => "one_time_tokens/undo_email_change",
            Self::CancelErasure => "one_time_tokens/cancel_erasure",
            Self::FirstCredential => "one_time_tokens/first_credential",
        }
    }

    /// Whether the link works only in the session that asked for it, with the credentials that its user had then.
    pub const fn is_bound_to_session(self) -> bool {
        matches!(self, Self::ChangeEmail | Self::FirstCredential)
    }

    /// The path of the link below the public URL.
    pub const fn path(self) -> &'static str {
        match self {
            Self::VerifyEmail => "account/verify-email",
            Self::ChangeEmail => "account/confirm-email",
            Self::ResetPassword => "account/reset-password",
            Self::AcceptInvitation => "account/register",
            Self::EndSession => "account/end-session",
            Self::SecureAccount => "account/secure",
            Self::UndoEmailChange => "account/undo-email-change",
            Self::CancelErasure => "account/cancel-erasure",
            Self::FirstCredential => "account/first-credential",
        }
    }

    /// Which other links of its kind the use of a link voids. Each link to end a session is about a session of its own.
    /// A change of address that is undone takes those after it along, but not those before it: someone who has moved an
    /// account twice must not void the owner's link by the one in a mailbox of their own.
    pub const fn voided_siblings(self) -> Siblings {
        match self {
            Self::EndSession => Siblings::None,
            Self::UndoEmailChange => Siblings::Later,
            _ => Siblings::All,
        }
    }
}

/// Links of one kind to one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Siblings {
    /// All others.
    All,
    /// Those that were written later.
    Later,
    /// None of them.
    None,
}

/// A token in the form of links: 43 characters of base64url.
#[derive(Clone, Debug)]
pub struct OneTimeToken(Secret<String>);

impl OneTimeToken {
    /// A token that belongs to no row: 256 random bits.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(opaque_token::draw(entropy))
    }

    /// The token that belongs to the secret of a row.
    pub fn of_row(secret: &Secret<[u8; 32]>) -> Self {
        Self(opaque_token::encode(secret))
    }

    /// The text, which is a secret.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The hash that the database holds, which is bound to the purpose.
    pub fn hash(&self, purpose: Purpose) -> TokenHash {
        hash(purpose, self.expose())
    }
}

/// The hash of the presented text. Text that is not a token has a hash that no row has.
pub fn hash(purpose: Purpose, presented: &str) -> TokenHash {
    opaque_token::hash_parts(&["kindred one-time token", purpose.as_str(), presented])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn tokens_differ_and_carry_256_bits() {
        let (one, two) = (OneTimeToken::generate(&OsEntropy), OneTimeToken::generate(&OsEntropy));
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one.expose(), two.expose());
        assert!(!format!("{one:?}").contains(one.expose()));
    }

    #[test]
    fn a_hash_is_bound_to_its_purpose() {
        let token = OneTimeToken::generate(&OsEntropy);
        assert_ne!(token.hash(Purpose::VerifyEmail), token.hash(Purpose::ResetPassword));
        assert_eq!(token.hash(Purpose::ResetPassword), hash(Purpose::ResetPassword, token.expose()));
    }

    #[test]
    fn every_purpose_has_its_name_and_its_path() {
        for (purpose, name, path) in [
            (Purpose::VerifyEmail, "verify_email", "account/verify-email"),
            (Purpose::ChangeEmail, "change_email", "account/confirm-email"),
            (Purpose::ResetPassword, "reset_password", "account/reset-password"),
            (Purpose::AcceptInvitation, "accept_invitation", "account/register"),
            (Purpose::EndSession, "end_session", "account/end-session"),
            (Purpose::SecureAccount, "secure_account", "account/secure"),
            (Purpose::UndoEmailChange, "undo_email_change", "account/undo-email-change"),
            (Purpose::CancelErasure, "cancel_erasure", "account/cancel-erasure"),
            (Purpose::FirstCredential, "first_credential", "account/first-credential"),
        ] {
            assert_eq!((purpose.as_str(), purpose.path()), (name, path));
            assert_eq!(purpose.label(), format!("one_time_tokens/{name}"));
            assert_eq!(Purpose::from_stored(name), Some(purpose));
        }
        assert_eq!(Purpose::from_stored("of_a_newer_version"), None);
        assert_eq!(Purpose::HELP_LIFE.as_secs(), 604_800);
    }

    #[test]
    fn a_used_link_voids_those_of_its_kind_that_could_undo_it() {
        for purpose in Purpose::ALL {
            let voided = match purpose {
                Purpose::EndSession => Siblings::None,
                Purpose::UndoEmailChange => Siblings::Later,
                _ => Siblings::All,
            };
            assert_eq!(purpose.voided_siblings(), voided, "{purpose:?}");
        }
    }

    #[test]
    fn only_changes_within_a_session_are_bound_to_it() {
        let bound: Vec<Purpose> = Purpose::ALL.into_iter().filter(|of| of.is_bound_to_session()).collect();
        assert_eq!(bound, [Purpose::ChangeEmail, Purpose::FirstCredential]);
    }
}
