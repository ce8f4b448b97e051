//! Session families: refresh, step-up and revocation, and the verification of access tokens.
//!
//! ```text
//! Sessions ── Registry ── FamilyActor ── FamilyCore ── model::session_family::present
//!    │            (one actor per live family)  │
//!    │                                         └── FamilyStore ── Journal ── store (group commit)
//!    ├── TokenIssuer: family → access and refresh token
//!    └── Verifier: access token → caller, with the RevocationIndex, without the database
//! ```

pub(crate) mod actor;
mod background_job;
pub(crate) mod cookie_rollout;
pub(crate) mod core;
#[cfg(debug_assertions)]
pub mod fail_point;
#[cfg(test)]
mod fake_store;
mod gauges;
pub(crate) mod janitor;
pub(crate) mod journal;
mod lists;
pub(crate) mod message;
pub(crate) mod port;
pub(crate) mod registry;
pub(crate) mod revocation;
pub(crate) mod revocation_feed;
pub(crate) mod revoke_all;
pub(crate) mod service;
pub(crate) mod set_back;
pub(crate) mod signing_pool;
pub(crate) mod threads;
pub(crate) mod tokens;
pub(crate) mod verifier;

pub use service::OpenError;
pub(crate) use service::Sessions;
