//! The master keys: changed while everything works, and everything sealed again. The signing keys: rotated while
//! everything works.

mod authentic;
mod development;
mod interrupted;
mod reseal;
mod root_emergency;
mod root_rotation;
mod rotation;
pub mod sealed;
mod secret_files;
mod signing_emergency;
mod signing_rotation;
mod verifying;
mod verifying_example;
