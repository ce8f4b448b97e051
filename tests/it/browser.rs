//! The server as browsers use it: cookies, origins, CSRF tokens.

mod cors;
mod csrf;
pub mod jar;
mod planted;
mod transport;
