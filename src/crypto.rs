//! Cryptography at rest, in tokens and for passwords.

pub mod apple_secret;
pub mod id_token;
pub(crate) mod password;
pub mod seal;
pub(crate) mod signer;
pub(crate) mod totp;
pub(crate) mod webauthn;
