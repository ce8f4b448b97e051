//! The rules of `src/lib.rs`, held by a test: dependencies point down, and names are true.
//!
//! Each rule is a function from text to complaints, with a unit test on text that breaks it.

mod circles;
mod crates;
mod labels;
mod layers;
mod names;
mod paths;
pub mod repository;
mod size;
pub mod source;
mod strangers;
mod tokens;
mod transactions;
mod words;
