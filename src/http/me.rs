//! `/api/v1/me`: the signed-in user.

pub mod erasure;
pub mod export;
pub mod profile;
pub mod sessions;
