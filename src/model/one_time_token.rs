//! Secrets that work once: in the links of mails.
//!
//! 256 bits for the person, and for the database a hash that is bound to what the secret is for: a reset link does
//! not verify an address. The bits are derived from the row under a master key, so that the database alone does not
//! give them, and a link that was sent can be sent again.

use super::opaque_token;
pub use super::opaque_token::TokenHash;
use crate::entropy::Entropy;
use crate::secret::Secret;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Proves that a new account's address is its owner's.
    VerifyEmail,
    /// Proves the address that an account is to move to.
    ChangeEmail,
    ResetPassword,
    AcceptInvitation,
}

impl Purpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
            Self::AcceptInvitation => "accept_invitation",
        }
    }

    /// What the secret of a row is derived for.
    pub const fn label(self) -> &'static str {
        match self {
            Self::VerifyEmail => "one_time_tokens/verify_email",
            Self::ChangeEmail => "one_time_tokens/change_email",
            Self::ResetPassword => "one_time_tokens/reset_password",
            Self::AcceptInvitation => "one_time_tokens/accept_invitation",
        }
    }

    /// Where the link leads, below the public URL.
    pub const fn path(self) -> &'static str {
        match self {
            Self::VerifyEmail => "account/verify-email",
            Self::ChangeEmail => "account/confirm-email",
            Self::ResetPassword => "account/reset-password",
            Self::AcceptInvitation => "account/register",
        }
    }
}

/// A token in the form that people carry: 43 characters of base64url.
#[derive(Clone, Debug)]
pub struct OneTimeToken(Secret<String>);

impl OneTimeToken {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(opaque_token::draw(entropy))
    }

    /// From the secret that belongs to the token's row.
    pub fn of_row(secret: &Secret<[u8; 32]>) -> Self {
        Self(opaque_token::encode(secret))
    }

    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    pub fn hash(&self, purpose: Purpose) -> TokenHash {
        hash(purpose, self.expose())
    }
}

/// The hash of whatever was presented: what is no token has a hash that no row has.
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
