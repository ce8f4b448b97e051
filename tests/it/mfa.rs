//! Second factors: enrolled, asked for, guessed at, removed.

pub mod scene;

mod admin_reset;
mod assurance_admin;
mod gauges;
mod policy;
mod reset;
mod stand_ins;
