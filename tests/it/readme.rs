//! The README tells the truth, and so do the tables of `docs/`.

mod markdown;
mod problems;
mod settings;
mod tour;
