//! Signing and root keys, and every sealed value.

pub(crate) mod acme_record;
pub(crate) mod data_key;
#[cfg(debug_assertions)]
mod fail_point;
pub(crate) mod lost_value;
pub(crate) mod root_key;
pub(crate) mod sealed_value;
pub(crate) mod signing_key;
