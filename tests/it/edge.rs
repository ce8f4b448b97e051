//! Real programs in front of a node and behind it, as operators run them: HAProxy, nginx, Caddy, Traefik, PgBouncer,
//! Redis, pebble; and what attacks one: sslyze, slowhttptest, and a long list of texts. They are Debian's or wheels of
//! PyPI, started by the tests on loopback ports with configurations in temporary folders. `scripts/test edge` installs
//! and runs them.

pub mod program;
mod proxies;

mod acme;
mod balancer;
mod client_address;
mod gateway;
mod gateways;
mod naughty;
mod pgbouncer;
mod redis;
mod scan;
mod slow_clients;
