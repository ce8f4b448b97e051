//! The rules, pure: no I/O, no waiting, no framework. Everything here is a function of its arguments.

pub mod access_token;
pub mod account;
pub mod assurance;
pub mod authority;
pub mod avatar;
pub mod backup_code;
pub mod cursor;
pub mod device;
pub mod email;
pub mod factor;
pub mod family_key;
pub mod idempotency;
pub mod locale;
pub mod mask;
pub mod notice;
pub mod one_time_token;
pub mod opaque_token;
pub mod passkey;
pub mod password_policy;
pub mod pseudonym;
pub mod refresh_token;
pub mod revocation;
pub mod security_event;
pub mod session_family;
