//! One-time secrets in the links of mails.
//!
//! The user gets 256 bits, and the database a hash of them that is bound to the purpose: a link to reset a password
//! does not verify an address. The bits are derived from the row under a master key, so that a link can be sent again
//! and the database alone does not contain it.

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
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 4] =
        [Self::VerifyEmail, Self::ChangeEmail, Self::ResetPassword, Self::AcceptInvitation];

    /// The name in the database and in the hash of the token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
            Self::AcceptInvitation => "accept_invitation",
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
        }
    }

    /// The path of the link below the public URL.
    pub const fn path(self) -> &'static str {
        match self {
            Self::VerifyEmail => "account/verify-email",
            Self::ChangeEmail => "account/confirm-email",
            Self::ResetPassword => "account/reset-password",
            Self::AcceptInvitation => "account/register",
        }
    }
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
}
