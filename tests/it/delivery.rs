//! Messages on their way to people.

mod file;
mod writing;
