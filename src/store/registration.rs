//! A registration: the account with all that comes with it, in one transaction.

use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait, TransactionTrait};
use uuid::Uuid;

use super::account::{self, NewAccount};
use super::entity::consent;
use super::one_time_token::NewOneTimeToken;
use super::{Store, StoreError, Trail, invitation_acceptance, one_time_token, trail};
use crate::model::one_time_token::TokenHash;

/// Document and version that somebody accepted.
#[derive(Clone, Debug)]
pub struct NewConsent {
    pub id: Uuid,
    pub document: &'static str,
    pub version: String,
    /// The masked network it came from.
    pub network: Option<String>,
}

/// What a registration writes.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    pub account: NewAccount,
    /// The link that will verify the address.
    pub verification: Option<NewOneTimeToken>,
    pub invitation: Option<TokenHash>,
    pub consent: Option<NewConsent>,
    pub trail: Trail,
}

impl Store {
    /// Writes a registration. `false` if the invitation does not work any more.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the address is taken, else [`StoreError`]; then nothing has changed.
    pub async fn register(&self, new: &NewRegistration) -> Result<bool, StoreError> {
        let registered = self.retrying(|| self.try_register(new)).await?;
        if registered {
            self.count(&new.trail);
        }
        Ok(registered)
    }

    async fn try_register(&self, new: &NewRegistration) -> Result<bool, StoreError> {
        let transaction = self.begin(&self.write).await?;
        let (user_id, at) = (new.account.id, new.account.at);
        if let Some(hash) = new.invitation
            && !invitation_acceptance::accept(&transaction, hash, user_id, at).await?
        {
            return Ok(false);
        }
        account::insert(&transaction, &new.account).await?;
        write_companions(&transaction, new).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

impl Store {
    /// The work of a registration that must not be, and the trail that is to be written instead.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn feign_registration(
        &self,
        feigned: &NewRegistration,
        trail: &Trail,
    ) -> Result<(), StoreError> {
        self.retrying(async || {
            let transaction = self.begin(&self.write).await?;
            let savepoint = transaction.begin().await?;
            account::insert(&savepoint, &feigned.account).await?;
            write_companions(&savepoint, feigned).await?;
            savepoint.rollback().await?;
            trail::write(&transaction, trail).await?;
            Ok(transaction.commit().await?)
        })
        .await?;
        self.count(trail);
        Ok(())
    }
}

/// What comes with the account: the link, the consent, the trail.
pub(super) async fn write_companions(
    connection: &impl ConnectionTrait,
    new: &NewRegistration,
) -> Result<(), StoreError> {
    if let Some(token) = &new.verification {
        one_time_token::insert(connection, token).await?;
    }
    if let Some(consent) = &new.consent {
        insert_consent(connection, &new.account, consent).await?;
    }
    trail::write(connection, &new.trail).await
}

async fn insert_consent(
    connection: &impl ConnectionTrait,
    account: &NewAccount,
    new: &NewConsent,
) -> Result<(), StoreError> {
    let row = consent::ActiveModel {
        id: Set(new.id),
        user_id: Set(account.id),
        document: Set(new.document.to_owned()),
        version: Set(new.version.clone()),
        accepted_at: Set(account.at.as_micros()),
        network: Set(new.network.clone()),
    };
    consent::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}
