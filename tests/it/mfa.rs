//! Second factors: enrolled, asked for, guessed at, removed.

pub mod scene;

mod backup_codes;
mod devices;
mod enrollment;
mod locks;
mod master_keys;
mod pending;
mod races;
mod removal;
mod skew;
mod steps;
mod two_factors;
