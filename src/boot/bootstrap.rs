//! The first administrator, before the first request.

use super::{Core, StartError};
use crate::account::Bootstrapped;
use crate::config::Config;
use crate::model::mask;

/// Creates the administrator that the configuration names, if there is none.
pub(super) async fn first_admin(config: &Config, core: &Core) -> Result<(), StartError> {
    let Some(first) = &config.admin.bootstrap else { return Ok(()) };
    let email = mask::email(first.email.as_str());
    match core.administration.bootstrap(first, config.profile.is_production()).await? {
        Bootstrapped::Unneeded => tracing::debug!("there is an administrator already; ignoring admin.email"),
        Bootstrapped::AddressTaken => {
            tracing::error!(
                email,
                "admin.email belongs to an account that is not an administrator; no administrator was created"
            );
        }
        Bootstrapped::Created { weakness } => {
            tracing::info!(email, "created the first administrator; the password must be changed");
            if let Some(weakness) = weakness {
                tracing::warn!("admin.password is weak ({}); change it now", weakness.code());
            }
        }
    }
    Ok(())
}
