//! Real programs in front of a node and behind it, as operators run them: HAProxy, nginx, PgBouncer, Redis. They are
//! Debian's, started by the tests on loopback ports with configurations in temporary folders. `scripts/test edge`
//! installs and runs them.

pub mod program;
mod proxies;

mod balancer;
mod client_address;
mod gateway;
mod pgbouncer;
mod redis;
