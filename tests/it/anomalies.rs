//! Where sessions are, and logins that are out of the ordinary.

pub mod common;
mod country;
mod device;
mod edition;
mod refused;
mod session_place;
mod travel;
