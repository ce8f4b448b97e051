//! The address is proven: an account comes into being, and the other registrations of the address are dropped.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::email::Email;
use crate::model::one_time_token::{Purpose, TokenHash};
use crate::store::account::registration::{NewConsent, insert_consent};
use crate::store::account::{self, NewAccount};
use crate::store::entity::one_time_token as token_entity;
use crate::store::entity::pending_registration::{Column, Entity};
use crate::store::{Effects, Store, StoreError, credential::one_time_token, security_event::effects};

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

/// An account that comes into being with the proof of its address.
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
        let issued = self
            .retrying(async || {
                let transaction = self.begin(&self.write).await?;
                self.lock_address(&transaction, email).await?;
                let out = token_entity::Entity::find()
                    .filter(of_address(email.as_str()))
                    .filter(token_entity::Column::UsedAt.is_null())
                    .filter(token_entity::Column::VoidedAt.is_null())
                    .filter(token_entity::Column::ExpiresAt.gt(token.at.as_micros()));
                if out.count(&transaction).await? >= MAX_RESET_LINKS {
                    return Ok(false);
                }
                one_time_token::insert(&transaction, token).await?;
                effects::write(&transaction, effects).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await?;
        if issued {
            self.count(effects);
        }
        Ok(issued)
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
        let completed = match self.retrying(|| self.try_complete_registration(completion)).await {
            Err(StoreError::Duplicate) => false,
            other => other?,
        };
        if completed {
            self.count(&completion.effects);
        }
        Ok(completed)
    }

    async fn try_complete_registration(&self, completion: &Completion) -> Result<bool, StoreError> {
        let (account, at) = (&completion.account, completion.account.at);
        let transaction = self.begin(&self.write).await?;
        self.lock_address(&transaction, &account.email).await?;
        let works = match completion.proof {
            AddressProof::Registration { id, link } => {
                let found = Entity::find_by_id(id)
                    .filter(Column::LinkHash.eq(link.0.to_vec()))
                    .filter(Column::ExpiresAt.gt(at.as_micros()));
                found.count(&transaction).await? > 0
            }
            AddressProof::ResetLink(link) => {
                let spent = one_time_token::redeem(&transaction, Purpose::ResetPassword, link, at).await?;
                spent.is_some_and(|spent| spent.email.as_deref() == Some(account.email.as_str()))
            }
        };
        if !works {
            return Ok(false);
        }
        account::insert(&transaction, account).await?;
        if let Some(consent) = &completion.consent {
            insert_consent(&transaction, account.id, completion.consent_at, consent).await?;
        }
        drop_address(&transaction, account.email.as_str()).await?;
        effects::write(&transaction, &completion.effects).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Drops all registrations of an address, and the links that it was sent without having an account.
pub(in crate::store) async fn drop_address(
    connection: &impl ConnectionTrait,
    email: &str,
) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::Email.eq(email)).exec(connection).await?;
    token_entity::Entity::delete_many().filter(of_address(email)).exec(connection).await?;
    Ok(())
}

/// Links of an address that has no account.
fn of_address(email: &str) -> Condition {
    Condition::all()
        .add(token_entity::Column::Email.eq(email))
        .add(token_entity::Column::UserId.is_null())
        .add(token_entity::Column::InvitationId.is_null())
}
