//! A setting as the reference shows it.

/// A row of the reference, in one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub section: &'static str,
    pub key: &'static str,
    pub default: String,
    pub values: String,
    pub meaning: &'static str,
}
