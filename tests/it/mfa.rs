//! Second factors: enrolled, asked for, guessed at, removed.

pub mod scene;

mod backup_codes;
mod devices;
mod enrollment;
mod locks;
mod pending;
mod races;
mod removal;
mod steps;
mod two_factors;
