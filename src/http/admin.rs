//! `/api/v1/admin`: the operations of support and administrators.

pub mod account_states;
pub mod applications;
pub mod compliance;
pub mod events;
pub mod export;
pub mod factor_reset;
pub mod invitations;
pub mod quotas;
pub mod sessions;
pub mod signing_keys;
pub mod stranger_counts;
pub mod users;
