//! Real programs in front of a node and behind it, as operators run them: HAProxy, nginx, PgBouncer; and what attacks one:
//! slowhttptest, and a long list of texts. The programs are
//! Debian's, started by the tests on loopback ports with configurations in temporary folders. `scripts/test edge`
//! installs and runs them.

mod program;
mod proxies;

mod balancer;
mod client_address;
mod gateway;
mod naughty;
mod pgbouncer;
mod slow_clients;
