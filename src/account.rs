//! What becomes of accounts, and what belongs to them.

pub mod avatar;
