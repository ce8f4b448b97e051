//! Session families, logins and revocations.

pub mod acting_session;
pub(in crate::store) mod anomaly;
pub mod cookie_generation;
pub mod family;
pub mod family_write;
pub mod login;
pub mod login_challenge;
pub mod revocation;
pub mod revoke_all;
