//! The master keys: changed while everything works, and everything sealed anew.

mod authentic;
mod development;
mod interrupted;
mod reseal;
mod rotation;
mod sealed;
