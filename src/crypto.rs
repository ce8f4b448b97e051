//! Cryptography at rest, in tokens and for passwords.

pub mod password;
pub mod seal;
pub mod signer;
pub mod totp;
pub mod webauthn;
