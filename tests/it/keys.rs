//! The master keys: changed while everything works, and everything sealed again.

mod authentic;
mod development;
mod interrupted;
mod reseal;
mod rotation;
mod sealed;
mod secret_files;
pub mod sealed;
