//! One file per section of the table.

pub mod enumeration;
pub mod login;
pub mod memory;
pub mod refresh;
pub mod second_factor;
pub mod steady;
pub mod throttle;
pub mod verify;
