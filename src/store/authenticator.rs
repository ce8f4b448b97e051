//! Second factors and passkeys, their attempts, and the devices that stand in for one.

pub(crate) mod backup_code;
pub(in crate::store) mod enrolled;
pub(crate) mod factor;
pub(crate) mod factor_attempt;
pub(in crate::store) mod factor_reset;
pub(crate) mod passkey;
pub(crate) mod sms_authenticator;
pub(crate) mod sms_code;
pub(crate) mod sms_limit;
pub(crate) mod totp;
pub(crate) mod trusted_device;
pub(crate) mod webauthn_ceremony;
