//! Session families, logins and revocations.

pub(crate) mod acting_session;
pub(in crate::store) mod anomaly;
pub(crate) mod canary_share;
pub(crate) mod cookie_generation;
pub(crate) mod ended;
pub(crate) mod family;
pub(crate) mod family_write;
pub(crate) mod last_seen;
pub mod login;
pub(crate) mod login_challenge;
pub(crate) mod revocation;
pub(crate) mod revoke_all;
pub(crate) mod root_key_families;
