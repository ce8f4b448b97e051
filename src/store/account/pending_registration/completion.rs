//! The address is proven: an account is created, and the other registrations of the address are dropped.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::address;
use crate::clock::Timestamp;
use crate::model::email::Email;
use crate::model::one_time_token::{Purpose, TokenHash};
use crate::store::account::registration::{NewConsent, insert_consent};
use crate::store::account::{self, NewAccount};
use crate::store::entity::one_time_token as token_entity;
use crate::store::entity::pending_registration::{Column, Entity};
use crate::store::{Decision, Effects, Store, StoreError, Tx, credential::one_time_token};

/// How many links to reset the password of an address without an account work at the same time. More are not
/// sent: those that were delivered work.
const MAX_RESET_LINKS: u64 = 5;

/// What proves an address without an account.
#[derive(Clone, Copy, Debug)]
pub enum AddressProof {
    /// The link of this registration.
    Registration { id: Uuid, link: TokenHash },
    /// A link to reset the password.
    ResetLink(TokenHash),
}

/// An account that is created by the proof of its address.
#[derive(Clone, Debug)]
pub struct Completion {
    pub proof: AddressProof,
    pub account: NewAccount,
    pub consent: Option<NewConsent>,
    /// When the consent was given.
    pub consent_at: Timestamp,
    pub effects: Effects,
}

impl Store {
    /// Writes a link to set the password of an address that has no account but registrations that wait. `false`
    /// if as many as allowed are out already; then nothing is written.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn issue_address_link(
        &self,
        email: &Email,
        token: &one_time_token::NewOneTimeToken,
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            address::lock(&tx, email).await?;
            let out = token_entity::Entity::find()
                .filter(address::links_of(email.as_str()))
                .filter(token_entity::Column::UsedAt.is_null())
                .filter(token_entity::Column::VoidedAt.is_null())
                .filter(token_entity::Column::ExpiresAt.gt(token.at));
            if out.count(&tx).await? >= MAX_RESET_LINKS {
                return Ok(Decision::Rollback(false));
            }
            one_time_token::insert(&tx, token).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }

    /// The address without an account whose link to reset a password this is, while it works. Nothing is spent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn address_of_reset_link(
        &self,
        link: TokenHash,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        self.bounded(async {
            let token = one_time_token::find(&self.read, Purpose::ResetPassword, link, now).await?;
            Ok(token.filter(|token| token.user_id.is_none()).and_then(|token| token.email))
        })
        .await
    }

    /// Makes an account of a proven address and drops all registrations of it. `false` if the proof does not work,
    /// or the address has got an account meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn complete_registration(&self, completion: &Completion) -> Result<bool, StoreError> {
        let account = &completion.account;
        let completed = self.transact(|tx| async move {
            address::lock(&tx, &account.email).await?;
            if !spend_proof(&tx, completion).await? {
                return Ok(Decision::Rollback(false));
            }
            account::insert(&tx, account).await?;
            keep_proof(&tx, completion).await?;
            if let Some(consent) = &completion.consent {
                insert_consent(&tx, account.id, completion.consent_at, consent).await?;
            }
            address::drop_address(&tx, account.email.as_str()).await?;
            tx.record(&completion.effects).await?;
            Ok(Decision::Commit(true))
        });
        match completed.await {
            Err(StoreError::Duplicate) => Ok(false),
            other => other,
        }
    }
}

/// Whether the proof works. A link to reset the password is spent; that of a registration goes with the registration.
async fn spend_proof(tx: &Tx, completion: &Completion) -> Result<bool, StoreError> {
    let (email, at) = (completion.account.email.as_str(), completion.account.at);
    match completion.proof {
        AddressProof::Registration { id, link } => {
            let found =
                Entity::find_by_id(id).filter(Column::LinkHash.eq(link)).filter(Column::ExpiresAt.gt(at));
            Ok(found.count(tx).await? > 0)
        }
        AddressProof::ResetLink(link) => {
            let spent = one_time_token::redeem(tx, Purpose::ResetPassword, link, at).await?;
            Ok(spent.is_some_and(|spent| spent.email.as_deref() == Some(email)))
        }
    }
}

/// Keeps the link as a used one of the account, so that someone who opens it again learns that all is done.
async fn keep_proof(tx: &Tx, completion: &Completion) -> Result<(), StoreError> {
    use token_entity::{Column, Entity};
    let account = &completion.account;
    match completion.proof {
        AddressProof::Registration { id, link } => {
            let used =
                address::UsedLink { id, link, user_id: Some(account.id), email: account.email.as_str() };
            address::keep_used(tx, used, account.at).await
        }
        AddressProof::ResetLink(link) => {
            Entity::update_many()
                .col_expr(Column::UserId, Expr::value(account.id))
                .filter(Column::TokenHash.eq(link))
                .exec(tx)
                .await?;
            Ok(())
        }
    }
}
