//! TLS on the public listener, and what comes before it.

pub mod common;

mod handshakes;
mod proxy_protocol;
mod reload;
mod self_signed;
mod versions;
