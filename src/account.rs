//! The life of accounts: their creation, their administration, their personal data, and their erasure.

mod addressee;
mod administration;
mod all_keys;
mod alteration;
mod application;
pub mod avatar;
mod bootstrap;
pub mod compliance;
mod creation;
mod denials;
pub mod erasure;
mod event_export;
pub mod export;
mod factor_reset;
pub mod import;
mod invitation;
mod new_address;
mod own_profile;
mod privacy;
mod profile_change;
pub mod retention;
mod revoke_all;
mod signing_keys;

pub use administration::{Administration, AdministrationError, Principal};
pub use application::{ApplicationError, Applications};
pub use bootstrap::{BootstrapError, Bootstrapped};
pub use creation::{CreationError, NewAdmin, NewUser};
pub use denials::Denials;
pub use invitation::InvitationError;
pub use own_profile::OwnProfile;
pub use privacy::Privacy;
pub use profile_change::ProfileChange;
