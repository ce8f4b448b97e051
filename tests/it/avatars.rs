//! Pictures of people, from the upload to the address that serves them.

pub mod common;
mod fake_s3;

mod erased;
mod memory;
mod races;
mod refused;
mod s3;
mod served;
mod size;
mod slow;
mod sweep;
mod upload;
