//! What stands in the database: how it comes there, how it is kept, and what is never there.

mod files;
mod folders;
mod journal_connections;
mod keys;
mod large_index;
mod lifetime;
pub mod migrations;
mod partitions;
mod plan;
mod pragmas;
mod releases;
mod schema;
mod secrets;
pub mod session_settings;
mod transaction;
