//! What becomes of accounts: how they come, what is kept of them, and how they go.

pub mod compliance;
pub mod erasure;
pub mod export;
pub mod import;
pub mod privacy;
pub mod retention;

pub use privacy::Privacy;
