//! Second factors and passkeys, their attempts, and the devices that stand in for one.

pub mod backup_code;
pub(in crate::store) mod enrolled;
pub mod factor;
pub mod factor_attempt;
pub(in crate::store) mod factor_reset;
pub mod passkey;
pub mod sms_authenticator;
pub mod sms_code;
pub mod sms_limit;
pub mod totp;
pub mod trusted_device;
pub mod webauthn_ceremony;
