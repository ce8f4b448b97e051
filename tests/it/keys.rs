//! The master keys: changed while everything works, and everything sealed anew.

mod development;
mod interrupted;
mod reseal;
mod rotation;
mod sealed;
