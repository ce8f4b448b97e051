//! The README and the documents tell the truth: their commands run, their tables are complete, their links lead somewhere.

mod files;
pub mod markdown;
mod metrics;
mod operations;
mod problems;
mod settings;
mod tour;
