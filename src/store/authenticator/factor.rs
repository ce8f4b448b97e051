//! The removal of second factors, and what an added or removed one entails.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::factor::{Factor, Factors, MfaPolicy};
use crate::store::entity::{backup_code, passkey, sms_authenticator, totp_authenticator, user};
use crate::store::session::family::UserRevocation;
use crate::store::{
    Decision, Effects, Store, StoreError, Tx, authenticator::enrolled, authenticator::sms_code,
    authenticator::trusted_device, session::acting_session, session::login_challenge,
};

/// A factor to be removed.
#[derive(Clone, Debug)]
pub struct FactorRemoval {
    pub factor: RemovedFactor,
    /// The session that asks for it.
    pub session_id: Uuid,
    /// All families of the user except the one that asks for it.
    pub revocation: UserRevocation,
    /// A user whom it binds keeps one.
    pub policy: MfaPolicy,
    pub effects: Effects,
}

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedFactor {
    Totp,
    /// Also one that waits for its confirmation.
    Sms,
    /// By its id.
    Passkey(Uuid),
}

/// The outcome of [`Store::remove_factor`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactorRemovalOutcome {
    /// The user has no such factor.
    Absent,
    /// It is the last one, and the policy requires the user to have one.
    Required,
    /// The user may no longer act, or the session has ended.
    NotActive,
    /// It is removed; with the families that were revoked.
    Done(Vec<Uuid>),
}

impl Store {
    /// Removes a factor and ends the user's other families, which rest on it. An enrollment that was only begun is
    /// given up, and nothing else happens.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing has changed.
    pub async fn remove_factor(&self, removal: &FactorRemoval) -> Result<FactorRemovalOutcome, StoreError> {
        let (user_id, at) = (removal.revocation.user_id, removal.revocation.at);
        self.transact(|tx| async move {
            let Some(session) = acting_session::lock(&tx, user_id, removal.session_id).await? else {
                return Ok(Decision::Rollback(FactorRemovalOutcome::NotActive));
            };
            if !delete(&tx, user_id, removal.factor).await? {
                // An enrollment that was only begun is given up all the same: no code, of the app or by SMS,
                // confirms it.
                return Ok(Decision::Commit(FactorRemovalOutcome::Absent));
            }
            let left = settle_removed(&tx, user_id).await?;
            if !left.is_enrolled() && removal.policy.binds(session.user.roles) {
                return Ok(Decision::Rollback(FactorRemovalOutcome::Required));
            }
            let ended = self.revoke_families_within(&tx, &removal.revocation).await?;
            login_challenge::void(&tx, user_id, at).await?;
            tx.record(&removal.effects).await?;
            Ok(Decision::Commit(FactorRemovalOutcome::Done(ended)))
        })
        .await
    }
}

/// Deletes a factor. `false` if there was none that had been confirmed; what was only begun is deleted all the same.
async fn delete(tx: &Tx, user_id: Uuid, factor: RemovedFactor) -> Result<bool, StoreError> {
    let deleted = match factor {
        RemovedFactor::Totp => {
            abandon_totp(tx, user_id).await?;
            totp_authenticator::Entity::delete_by_id(user_id).exec(tx).await?
        }
        RemovedFactor::Sms => {
            sms_code::forget(tx, user_id).await?;
            sms_authenticator::Entity::delete_by_id(user_id).exec(tx).await?
        }
        RemovedFactor::Passkey(id) => {
            let own = passkey::Column::UserId.eq(user_id);
            passkey::Entity::delete_by_id(id).filter(own).exec(tx).await?
        }
    };
    Ok(deleted.rows_affected > 0)
}

/// Notes in the user's row that there is a factor, after one was added; returns the user's factors.
pub(in crate::store) async fn settle_added(
    tx: &Tx,
    user_id: Uuid,
    at: Timestamp,
) -> Result<Factors, StoreError> {
    let factors = enrolled::of_user(tx, user_id).await?;
    user::Entity::update_many()
        .col_expr(user::Column::MfaEnrolledAt, Expr::value(at))
        .filter(user::Column::Id.eq(user_id))
        .filter(user::Column::MfaEnrolledAt.is_null())
        .exec(tx)
        .await?;
    Ok(factors)
}

/// Brings what depends on factors up to date after one was removed: devices are no longer trusted, since it was for that
/// factor that they were; and if it was the last strong one, the factors are removed that cannot stand alone.
pub(in crate::store) async fn settle_removed(tx: &Tx, user_id: Uuid) -> Result<Factors, StoreError> {
    trusted_device::distrust_all(tx, user_id).await?;
    let factors = enrolled::of_user(tx, user_id).await?;
    if factors.is_enrolled() {
        return Ok(factors);
    }
    sms_code::forget(tx, user_id).await?;
    sms_authenticator::Entity::delete_by_id(user_id).exec(tx).await?;
    backup_code::Entity::delete_many().filter(backup_code::Column::UserId.eq(user_id)).exec(tx).await?;
    user::Entity::update_many()
        .col_expr(user::Column::MfaEnrolledAt, Expr::value(None::<i64>))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    Ok(factors)
}

/// Deletes an enrollment of an app that was begun and not confirmed.
pub(in crate::store) async fn abandon_totp(tx: &Tx, user_id: Uuid) -> Result<(), StoreError> {
    let unconfirmed = totp_authenticator::Entity::delete_by_id(user_id)
        .filter(totp_authenticator::Column::ConfirmedAt.is_null());
    tx.count_abandoned(Factor::Totp, unconfirmed.exec(tx).await?.rows_affected);
    Ok(())
}
