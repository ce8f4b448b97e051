//! Somebody asks for a link to an address. What the address is to us, the answer does not tell.

use super::Authn;
use super::background_tasks::Slot;
use crate::model::email::Email;
use crate::store::StoreError;

/// Why nothing is sent; independent of the address's account.
#[derive(Debug, thiserror::Error)]
pub enum LinkRequestError {
    #[error("not an e-mail address")]
    InvalidEmail,
    #[error("too much is going on at the moment")]
    Overloaded,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Authn {
    /// What can be found out without a look at the account: whether it is an address, and whether the
    /// work can be done. A failure after that is in the log only.
    pub(super) async fn accept_link_request(&self, email: &str) -> Result<(Email, Slot), LinkRequestError> {
        let email = Email::parse(email).map_err(|_| LinkRequestError::InvalidEmail)?;
        let slot = self.background_tasks.slot().await.map_err(|_| LinkRequestError::Overloaded)?;
        self.store.ping().await?;
        Ok((email, slot))
    }
}
