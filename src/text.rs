//! Texts for people in their language: Project Fluent messages from `locales/`, which the program contains, and from a
//! folder of the operator.
//!
//! A language has the files `pages.ftl`, `app.ftl` and `mail.ftl`, whose messages share one space of names. What a language
//! lacks is there in English. A file of the operator adds a language, or replaces messages of one that is built in.

mod argument;
mod catalog;
mod check;
mod direction;
mod embedded;
mod error;
mod file;
mod folder;
mod language;
mod negotiation;
mod reported;

pub use argument::Value;
pub use catalog::Texts;
pub use check::unknown_variables;
pub use direction::Direction;
pub use error::{Mistake, TextError};
pub use language::Language;
