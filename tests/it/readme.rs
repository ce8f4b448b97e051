//! The README tells the truth, and so do the tables of `docs/`.

mod files;
mod markdown;
mod metrics;
mod problems;
mod settings;
mod tour;
