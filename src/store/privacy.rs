//! Erasure, export, retention and the inventory of personal data.

pub(crate) mod data_inventory;
pub(crate) mod erasure;
pub mod personal_data;
pub(crate) mod pseudonym;
