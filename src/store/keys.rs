//! Signing and root keys, and every sealed value.

pub mod acme_record;
pub mod root_key;
pub mod sealed_value;
pub mod signing_key;
