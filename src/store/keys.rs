//! Signing and root keys, and every sealed value.

pub(crate) mod acme_record;
#[cfg(debug_assertions)]
mod fail_point;
pub(crate) mod root_key;
pub(crate) mod sealed_value;
pub(crate) mod signing_key;
