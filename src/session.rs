//! Session families: refresh, step-up and revocation, and the verification of access tokens.
//!
//! ```text
//! Sessions ── Registry ── FamilyActor ── FamilyCore ── model::session_family::present
//!    │            (one actor per live family)  │
//!    │                                         └── FamilyStore ── Journal ── store (group commit)
//!    ├── TokenIssuer: family → access and refresh token
//!    └── Verifier: access token → caller, with the RevocationIndex, without the database
//! ```

pub mod actor;
pub mod core;
#[cfg(debug_assertions)]
pub mod fail_point;
#[cfg(test)]
mod fake_store;
pub mod janitor;
pub mod journal;
pub mod message;
pub mod port;
pub mod registry;
pub mod revocation;
pub mod revocation_feed;
pub mod revoke_all;
pub mod service;
pub mod threads;
pub mod tokens;
pub mod verifier;

pub use service::Sessions;
