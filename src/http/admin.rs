//! `/api/v1/admin`: what support and administrators see and do.

pub mod account_item;
pub mod account_states;
pub mod compliance;
pub mod events;
pub mod export;
pub mod factor_reset;
pub mod invitations;
pub mod quotas;
pub mod roles;
pub mod sessions;
pub mod stranger_counts;
pub mod users;
