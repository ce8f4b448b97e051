//! What is kept of people: handed out, erased, deleted in time, and taken over from elsewhere.

pub mod rows;

mod compliance;
mod declarations;
mod erasure;
mod erasure_crash;
mod erasure_race;
mod export;
mod export_limits;
mod import;
mod import_hashes;
mod import_ids;
mod purge;
mod purge_attack;
