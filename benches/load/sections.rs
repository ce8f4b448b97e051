//! One file per section of the table.

pub mod csrf;
pub mod enumeration;
pub mod login;
pub mod memory;
pub mod refresh;
pub mod second_factor;
pub mod steady;
pub mod throttle;
pub mod tracing;
pub mod verify;
