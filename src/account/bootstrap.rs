//! The first administrator, from the configuration.

use serde_json::json;

use super::{Administration, CreationError, Principal};
use crate::config::Bootstrap;
use crate::model::account::{Role, Roles};
use crate::model::password_policy::{PreparedPassword, Weakness};
use crate::model::security_event::{EventKind, RequestContext};
use crate::store::{Effects, StoreError};

/// The outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bootstrapped {
    /// There is an administrator already, so nothing was done.
    Unneeded,
    Created {
        weakness: Option<Weakness>,
    },
    /// The address belongs to an account that is not an administrator's. It may have been registered by anyone.
    AddressTaken,
}

/// Why no administrator was created.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    #[error("admin.password may not be chosen: {}", .0.detail())]
    WeakPassword(Weakness),
    #[error("cannot create the first administrator: {0}")]
    Creation(#[from] CreationError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Administration {
    /// Creates the first administrator, if there is none, with a verified address and a password that must be changed. A
    /// weak password is refused only if `strict` is set, since it works only once.
    ///
    /// # Errors
    /// [`BootstrapError`]; then no administrator was created.
    pub async fn bootstrap(&self, first: &Bootstrap, strict: bool) -> Result<Bootstrapped, BootstrapError> {
        if self.store.has_admin().await? {
            return Ok(Bootstrapped::Unneeded);
        }
        let roles = Roles::of(&[Role::User, Role::Admin]);
        let mut new = self.account(first.email.as_str(), None, roles)?;
        let (password, weakness) = match self
            .passwords
            .judge(&first.password, &new.email, None)
            .await
            .map_err(CreationError::from)?
        {
            Ok(prepared) => (prepared, None),
            Err(weakness) if strict => return Err(BootstrapError::WeakPassword(weakness)),
            Err(weakness) => {
                let prepared = PreparedPassword::prepare(first.password.expose());
                (prepared.map_err(BootstrapError::WeakPassword)?, Some(weakness))
            }
        };
        new.password_hash = Some(self.passwords.hash(password).await.map_err(CreationError::from)?);
        new.email_verified = true;
        new.password_must_change = true;
        let principal = Principal::operator(RequestContext::default());
        let mut event = self.event(EventKind::AccountCreated, &principal, json!({})).about(new.id);
        event.detail = json!({ "roles": roles.names(), "via": "bootstrap" });
        match self.store.create_first_admin(&new, &Effects::of(event)).await {
            Ok(true) => Ok(Bootstrapped::Created { weakness }),
            Ok(false) => Ok(Bootstrapped::Unneeded),
            Err(StoreError::Duplicate) => Ok(Bootstrapped::AddressTaken),
            Err(error) => Err(error.into()),
        }
    }
}
