//! `/api/v1/me`: the signed-in user.

pub mod avatar;
pub mod profile;
pub mod sessions;
