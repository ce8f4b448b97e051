//! What becomes of accounts: what others than their owners do to them.

mod administration;
mod alteration;
mod audit;
mod bootstrap;
mod creation;
mod invitation;
mod own_profile;

pub use administration::{Administration, AdministrationError, Agent};
pub use alteration::ProfileChange;
pub use bootstrap::{BootstrapError, Bootstrapped};
pub use creation::{CreationError, NewAdmin, NewUser, SetPasswordLink};
pub use invitation::InvitationError;
pub use own_profile::OwnProfile;
