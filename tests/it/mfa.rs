//! Second factors: enrolled, asked for, guessed at, removed.

pub mod scene;

mod admin_reset;
mod anomaly;
mod assurance_admin;
mod backup_codes;
mod combinations;
mod devices;
mod ended_session;
mod enforcement;
mod enrollment;
mod gauges;
mod locks;
mod master_keys;
mod pending;
mod person;
mod policy;
mod races;
mod removal;
mod reset;
mod skew;
mod stand_ins;
mod states;
mod steps;
mod two_factors;
pub mod typed_codes;
