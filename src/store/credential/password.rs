//! New passwords: set by a link, or by someone who knows the old one.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::one_time_token::Purpose;
use crate::store::credential::link::{self, LinkUse};
use crate::store::credential::reauthentication::{FactorSpending, spend_factor};
use crate::store::entity::password_credential::{ActiveModel, Column, Entity};
use crate::store::entity::user;
use crate::store::session::family::UserRevocation;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, account::first_proof, authenticator::trusted_device,
    credential::one_time_token, credential::password_attempt, session::login_challenge,
};

/// A new password makes earlier links void: their holder may be the person whom the new password shuts out.
const VOIDED: [Purpose; 3] = [Purpose::ResetPassword, Purpose::ChangeEmail, Purpose::FirstCredential];

/// A link and the password that it sets.
#[derive(Clone, Debug)]
pub struct PasswordReset {
    pub link: LinkUse,
    pub hash: String,
    /// Whether the address was unproven when the link was followed: then no second factor was asked for.
    pub unproven: bool,
    /// The second factor that was sent along, to be spent.
    pub factor: Option<FactorSpending>,
    /// All families of the user.
    pub revocation: UserRevocation,
}

/// The outcome of [`Store::reset_password`].
#[derive(Clone, Debug)]
pub enum ResetOutcome {
    /// The password is set, and these families have ended.
    Reset(Vec<Uuid>),
    /// The link does not work.
    LinkInvalid,
    /// The factor was spent before, or its attempts were locked.
    FactorSpent,
}

/// A password in place of another.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// Only while this is the stored one.
    pub old_hash: String,
    pub new_hash: String,
    /// All families of the user except the one that asks for it.
    pub revocation: UserRevocation,
}

impl Store {
    /// Spends a link, and a factor that was sent along, and sets the password. Ends all families, lifts the lock, counts
    /// the address as proven, voids the user's other links. Where that is the first proof of the address, all that was
    /// enrolled before is removed, and `compose` is given the names of what there was.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed, as with every outcome but [`ResetOutcome::Reset`].
    pub async fn reset_password<F>(
        &self,
        reset: &PasswordReset,
        compose: F,
    ) -> Result<ResetOutcome, StoreError>
    where
        F: Fn(Option<&[&'static str]>) -> Result<Effects, StoreError>,
    {
        let (at, compose) = (reset.link.at, &compose);
        self.transact(|tx| async move {
            let spent = link::spend(&tx, &reset.link).await?;
            let Some(link::Spent { user, .. }) = spent.filter(|spent| is_as_foreseen(spent, reset)) else {
                return Ok(Decision::Rollback(ResetOutcome::LinkInvalid));
            };
            let removed = match first_proof::is_due(&tx, &user).await? {
                true => Some(first_proof::standing(&tx, &user).await?),
                false => None,
            };
            let ended = self.revoke_families_within(&tx, &reset.revocation).await?;
            put_password(&tx, user.id, &reset.hash, at).await?;
            if let Some(factor) = &reset.factor
                && !spend_factor(&tx, factor).await?
            {
                return Ok(Decision::Rollback(ResetOutcome::FactorSpent));
            }
            if removed.is_some() {
                first_proof::clear(&tx, &user, at).await?;
            }
            mark_proven(&tx, &user, at).await?;
            settle_new_password(&tx, &reset.revocation).await?;
            tx.record(&compose(removed.as_deref())?).await?;
            Ok(Decision::Commit(ResetOutcome::Reset(ended)))
        })
        .await
    }
}

/// Whether the link still proves the user's address, and the address is as proven as it was when the link was followed.
/// If it has been proven since then, a second factor counts that was not asked for; the link still works.
fn is_as_foreseen(spent: &link::Spent, reset: &PasswordReset) -> bool {
    spent.is_to_the_present_address() && spent.user.email_verified_at.is_none() == reset.unproven
}

async fn mark_proven(tx: &Tx, user: &user::Model, at: Timestamp) -> Result<(), StoreError> {
    user::Entity::update_many()
        .col_expr(user::Column::EmailVerifiedAt, Expr::value(at))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::EmailVerifiedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Puts a password in place of the old one, whose attempt is settled by then. `false` if the old one is no longer the
/// stored one: then the transaction must not be committed.
pub(in crate::store) async fn swap(tx: &Tx, change: &PasswordChange) -> Result<bool, StoreError> {
    let (user_id, at) = (change.revocation.user_id, change.revocation.at);
    let swapped = Entity::update_many()
        .col_expr(Column::Hash, Expr::value(change.new_hash.as_str()))
        .col_expr(Column::ChangedAt, Expr::value(at))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Hash.eq(change.old_hash.as_str()))
        .exec(tx)
        .await?;
    if swapped.rows_affected == 0 {
        return Ok(false);
    }
    settle_new_password(tx, &change.revocation).await?;
    Ok(true)
}

/// What every new password entails, besides the end of families.
pub(in crate::store) async fn settle_new_password(
    tx: &Tx,
    revocation: &UserRevocation,
) -> Result<(), StoreError> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordMustChange, Expr::value(false))
        .col_expr(user::Column::UpdatedAt, Expr::value(revocation.at))
        .filter(user::Column::Id.eq(revocation.user_id))
        .exec(tx)
        .await?;
    one_time_token::void(tx, revocation.user_id, &VOIDED, revocation.at).await?;
    password_attempt::forget(tx, revocation.user_id).await?;
    login_challenge::void(tx, revocation.user_id, revocation.at).await?;
    trusted_device::distrust_all(tx, revocation.user_id).await
}

/// Sets a password, also where there is none yet, as in an account that an administrator has made.
pub(in crate::store) async fn put_password(
    tx: &Tx,
    user_id: Uuid,
    hash: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        user_id: Set(user_id),
        hash: Set(hash.to_owned()),
        changed_at: Set(at),
        failures: Set(0),
        locked_at: Set(None),
        known_failures: Set(0),
        known_locked_at: Set(None),
    };
    let columns = [
        Column::Hash,
        Column::ChangedAt,
        Column::Failures,
        Column::LockedAt,
        Column::KnownFailures,
        Column::KnownLockedAt,
    ];
    let replace = OnConflict::column(Column::UserId).update_columns(columns).to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}
