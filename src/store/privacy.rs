//! Erasure, export, retention and the inventory of personal data.

pub mod data_inventory;
pub mod erasure;
pub mod personal_data;
pub mod pseudonym;
