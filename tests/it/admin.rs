//! Administrators: their rights, their API, their command line.

pub mod common;

mod applications;
mod bootstrap;
mod command_line;
mod creation;
mod demotion;
mod erasure;
mod events;
mod export;
mod external_ids;
mod invitations;
mod last_admin;
mod new_address;
mod quotas;
mod recent_authentication;
mod rights;
mod sessions;
mod states;
mod unproven;
mod users;
mod whole_ways;
