//! Proof and change of a user's address.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::model::one_time_token::Purpose;
use crate::store::credential::link::{self, LinkUse};
use crate::store::credential::password_attempt::{self, Reservation};
use crate::store::entity::user;
use crate::store::{
    Decision, Effects, Store, StoreError, credential::one_time_token, session::acting_session,
};

/// An address in place of another.
#[derive(Clone, Debug)]
pub struct EmailChange {
    pub link: LinkUse,
    /// Only while this is the user's address.
    pub old: String,
    /// The address that the link proves.
    pub new: String,
    pub effects: Effects,
}

/// What shows, besides the link, that the account belongs to the person who follows it.
#[derive(Clone, Copy, Debug)]
pub enum VerifiedBy {
    Session(Uuid),
    /// The attempt that was right.
    Password(Reservation),
}

impl Store {
    /// Spends a link and counts the user's address as proven. `false` if the link does not work, or what came with
    /// it no longer does.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn verify_email(
        &self,
        link: &LinkUse,
        by: VerifiedBy,
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let spent = link::spend(&tx, link).await?;
            let Some(spent) = spent.filter(link::Spent::is_to_the_present_address) else {
                return Ok(Decision::Rollback(false));
            };
            let holds = match by {
                VerifiedBy::Session(session) => {
                    acting_session::assurance(&tx, &spent.user, session).await?.is_some()
                }
                VerifiedBy::Password(attempt) => password_attempt::settle(&tx, attempt).await?,
            };
            if !holds {
                return Ok(Decision::Rollback(false));
            }
            user::Entity::update_many()
                .col_expr(user::Column::EmailVerifiedAt, Expr::value(link.at))
                .col_expr(user::Column::UpdatedAt, Expr::value(link.at))
                .filter(user::Column::Id.eq(spent.user.id))
                .filter(user::Column::EmailVerifiedAt.is_null())
                .exec(&tx)
                .await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }

    /// Spends a link without effect. `false` if it does not work.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn decline_verification(&self, link: &LinkUse, effects: &Effects) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let spent = link::spend(&tx, link).await?;
            tx.record_if(spent.is_some(), effects).await
        })
        .await
    }

    /// Spends a link and moves the user to the address that it proves. All other links of the user are
    /// void. `false` if the link does not work.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the address has been taken meanwhile, else [`StoreError`]; then nothing
    /// has changed.
    pub async fn change_email(&self, change: &EmailChange) -> Result<bool, StoreError> {
        let at = change.link.at;
        self.transact(|tx| async move {
            let spent = link::spend(&tx, &change.link).await?;
            let foreseen = |spent: &link::Spent| {
                spent.user.email == change.old && spent.email.as_ref() == Some(&change.new)
            };
            let Some(spent) = spent.filter(foreseen) else {
                return Ok(Decision::Rollback(false));
            };
            user::Entity::update_many()
                .col_expr(user::Column::Email, Expr::value(change.new.as_str()))
                .col_expr(user::Column::EmailVerifiedAt, Expr::value(at))
                .col_expr(user::Column::UpdatedAt, Expr::value(at))
                .filter(user::Column::Id.eq(spent.user.id))
                .exec(&tx)
                .await?;
            one_time_token::void(&tx, spent.user.id, &Purpose::REQUESTED, at).await?;
            tx.record(&change.effects).await?;
            Ok(Decision::Commit(true))
        })
        .await
    }
}
