//! `/api/v1/me`: the account of the caller.

pub mod avatar;
pub mod devices;
pub mod erasure;
pub mod export;
pub mod first_credential;
pub mod identities;
pub mod mfa;
pub mod passkeys;
pub mod profile;
pub mod security_events;
pub mod sessions;
pub mod sms;
