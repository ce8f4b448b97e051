//! A registration: the account, its consent and its verification link, in one transaction.

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::one_time_token::TokenHash;
use crate::store::account::{self, NewAccount};
use crate::store::credential::one_time_token::NewOneTimeToken;
use crate::store::entity::consent;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, account::invitation_acceptance, account::pending_registration,
    credential::one_time_token,
};

/// The document and version that someone accepted.
#[derive(Clone, Debug)]
pub struct NewConsent {
    pub id: Uuid,
    pub document: &'static str,
    pub version: String,
    /// The network that it came from, masked.
    pub network: Option<String>,
}

/// A registration to be written.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    pub account: NewAccount,
    /// The link that will verify the address.
    pub verification: Option<NewOneTimeToken>,
    pub invitation: Option<TokenHash>,
    pub consent: Option<NewConsent>,
    pub effects: Effects,
}

impl Store {
    /// Writes a registration that makes an account at once. One whose address an invitation proves drops the
    /// registrations of it that wait. `false` if the invitation no longer works.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the address is taken, else [`StoreError`]; then nothing has changed.
    pub async fn register(&self, new: &NewRegistration) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let (user_id, at) = (new.account.id, new.account.at);
            if let Some(hash) = new.invitation
                && !invitation_acceptance::accept(&tx, hash, user_id, at).await?
            {
                return Ok(Decision::Rollback(false));
            }
            account::insert(&tx, &new.account).await?;
            if let Some(token) = &new.verification {
                one_time_token::insert(&tx, token).await?;
            }
            if let Some(consent) = &new.consent {
                insert_consent(&tx, user_id, at, consent).await?;
            }
            if new.account.email_verified {
                pending_registration::drop_address(&tx, new.account.email.as_str()).await?;
            }
            tx.record(&new.effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }
}

pub(in crate::store) async fn insert_consent(
    tx: &Tx,
    user_id: Uuid,
    at: Timestamp,
    new: &NewConsent,
) -> Result<(), StoreError> {
    let row = consent::ActiveModel {
        id: Set(new.id),
        user_id: Set(user_id),
        document: Set(new.document.to_owned()),
        version: Set(new.version.clone()),
        accepted_at: Set(at),
        network: Set(new.network.clone()),
    };
    consent::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
