//! The server as browsers use it: cookies, origins, CSRF tokens.

mod addresses;
mod avatars;
mod bound;
mod canary;
mod cors;
mod csrf;
mod factors;
mod generations;
pub mod jar;
mod planted;
mod remember;
mod transport;
