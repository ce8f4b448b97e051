//! Proof and change of a user's address.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::model::one_time_token::Purpose;
use crate::store::credential::link::{self, LinkUse};
use crate::store::credential::password_attempt::{self, Reservation};
use crate::store::entity::user;
use crate::store::{
    Store, StoreError, Trail, credential::one_time_token, security_event::trail, session::asking,
};

/// Whatever was mailed to the old address leads nowhere.
const VOIDED: [Purpose; 3] = [Purpose::VerifyEmail, Purpose::ChangeEmail, Purpose::ResetPassword];

/// An address in place of another.
#[derive(Clone, Debug)]
pub struct EmailChange {
    pub link: LinkUse,
    /// Only while this is the user's address.
    pub old: String,
    /// The address that the link proves.
    pub new: String,
    pub trail: Trail,
}

/// What shows, beside the link, that the account is its holder's.
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
        trail: &Trail,
    ) -> Result<bool, StoreError> {
        let verified = self.retrying(|| self.try_verify_email(link, by, trail)).await?;
        if verified {
            self.count(trail);
        }
        Ok(verified)
    }

    async fn try_verify_email(
        &self,
        link: &LinkUse,
        by: VerifiedBy,
        trail: &Trail,
    ) -> Result<bool, StoreError> {
        let transaction = self.begin(&self.write).await?;
        let spent = link::spend(&transaction, link).await?;
        let Some(spent) = spent.filter(link::Spent::is_to_the_present_address) else {
            return Ok(false);
        };
        let holds = match by {
            VerifiedBy::Session(session) => {
                asking::assurance(&transaction, &spent.user, session).await?.is_some()
            }
            VerifiedBy::Password(attempt) => password_attempt::settle(&transaction, attempt).await?,
        };
        if !holds {
            return Ok(false);
        }
        user::Entity::update_many()
            .col_expr(user::Column::EmailVerifiedAt, Expr::value(link.at.as_micros()))
            .col_expr(user::Column::UpdatedAt, Expr::value(link.at.as_micros()))
            .filter(user::Column::Id.eq(spent.user.id))
            .filter(user::Column::EmailVerifiedAt.is_null())
            .exec(&transaction)
            .await?;
        trail::write(&transaction, trail).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Spends a link without effect. `false` if it does not work.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn decline_verification(&self, link: &LinkUse, trail: &Trail) -> Result<bool, StoreError> {
        let declined = self
            .retrying(async || {
                let transaction = self.begin(&self.write).await?;
                if link::spend(&transaction, link).await?.is_none() {
                    return Ok(false);
                }
                trail::write(&transaction, trail).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await?;
        if declined {
            self.count(trail);
        }
        Ok(declined)
    }

    /// Spends a link and moves the user to the address that it proves. All other links of the user are
    /// void. `false` if the link does not work.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the address has been taken meanwhile, else [`StoreError`]; then nothing
    /// has changed.
    pub async fn change_email(&self, change: &EmailChange) -> Result<bool, StoreError> {
        let changed = self.retrying(|| self.try_change_email(change)).await?;
        if changed {
            self.count(&change.trail);
        }
        Ok(changed)
    }

    async fn try_change_email(&self, change: &EmailChange) -> Result<bool, StoreError> {
        let transaction = self.begin(&self.write).await?;
        let spent = link::spend(&transaction, &change.link).await?;
        let foreseen =
            |spent: &link::Spent| spent.user.email == change.old && spent.email.as_ref() == Some(&change.new);
        let Some(spent) = spent.filter(foreseen) else {
            return Ok(false);
        };
        let at = change.link.at;
        user::Entity::update_many()
            .col_expr(user::Column::Email, Expr::value(change.new.as_str()))
            .col_expr(user::Column::EmailVerifiedAt, Expr::value(at.as_micros()))
            .col_expr(user::Column::UpdatedAt, Expr::value(at.as_micros()))
            .filter(user::Column::Id.eq(spent.user.id))
            .exec(&transaction)
            .await?;
        one_time_token::void(&transaction, spent.user.id, &VOIDED, at).await?;
        trail::write(&transaction, &change.trail).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
