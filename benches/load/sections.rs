//! One file per section of the table.

pub mod browser;
pub mod csrf;
pub mod enumeration;
pub mod failover;
pub mod keys;
pub mod login;
pub mod memory;
pub mod middleware;
pub mod nodes;
pub mod propagation;
pub mod refresh;
pub mod second_factor;
pub mod slow;
pub mod steady;
pub mod throttle;
pub mod tls;
pub mod tracing;
pub mod verify;
