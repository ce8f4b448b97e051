//! What becomes of accounts: how they come, what others than their owners do to them, what is kept of
//! them, and how they go.

mod administration;
mod alteration;
mod audit;
pub mod avatar;
mod bootstrap;
pub mod compliance;
mod creation;
mod denials;
pub mod erasure;
pub mod export;
mod factor_reset;
pub mod import;
mod invitation;
mod own_profile;
mod privacy;
pub mod retention;
mod revoke_all;

pub use administration::{Administration, AdministrationError, Agent};
pub use alteration::ProfileChange;
pub use bootstrap::{BootstrapError, Bootstrapped};
pub use creation::{CreationError, NewAdmin, NewUser, SetPasswordLink};
pub use denials::Denials;
pub use invitation::InvitationError;
pub use own_profile::OwnProfile;
pub use privacy::Privacy;
