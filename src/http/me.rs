//! `/api/v1/me`: the signed-in user.

pub mod avatar;
pub mod erasure;
pub mod export;
pub mod passkeys;
pub mod profile;
pub mod security_events;
pub mod sessions;
