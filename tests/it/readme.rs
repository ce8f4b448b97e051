//! The README tells the truth, and so do the tables of `docs/`.

mod markdown;
mod settings;
mod tour;
