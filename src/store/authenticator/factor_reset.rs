//! The removal of all second factors of an account at once, by an administrator.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::entity::{
    backup_code, passkey, sms_authenticator, totp_authenticator, user, webauthn_ceremony,
};
use crate::store::{
    StoreError, Tx, authenticator::factor, authenticator::factor_attempt, authenticator::sms_code,
    authenticator::trusted_device, session::login_challenge,
};

/// Removes every factor of a user, including enrollments that were only begun, the trusted devices, the logins that wait
/// for a factor, and the counted attempts. No login of the user succeeds before `usable_at`.
pub(in crate::store) async fn remove_all(
    tx: &Tx,
    user_id: Uuid,
    at: Timestamp,
    usable_at: Timestamp,
) -> Result<(), StoreError> {
    remove_enrolled(tx, user_id, at).await?;
    user::Entity::update_many()
        .col_expr(user::Column::MfaResetUntil, Expr::value(usable_at))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The same without a waiting time.
pub(in crate::store) async fn remove_enrolled(
    tx: &Tx,
    user_id: Uuid,
    at: Timestamp,
) -> Result<(), StoreError> {
    factor::abandon_totp(tx, user_id).await?;
    delete_of::<totp_authenticator::Entity>(tx, totp_authenticator::Column::UserId, user_id).await?;
    // What is spent goes before what it verifies, as where it is spent.
    sms_code::forget(tx, user_id).await?;
    delete_of::<sms_authenticator::Entity>(tx, sms_authenticator::Column::UserId, user_id).await?;
    delete_of::<webauthn_ceremony::Entity>(tx, webauthn_ceremony::Column::UserId, user_id).await?;
    delete_of::<passkey::Entity>(tx, passkey::Column::UserId, user_id).await?;
    delete_of::<backup_code::Entity>(tx, backup_code::Column::UserId, user_id).await?;
    factor_attempt::forget(tx, user_id).await?;
    login_challenge::void(tx, user_id, at).await?;
    trusted_device::distrust_all(tx, user_id).await?;
    user::Entity::update_many()
        .col_expr(user::Column::MfaEnrolledAt, Expr::value(None::<i64>))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn delete_of<E: EntityTrait>(tx: &Tx, owner: E::Column, user_id: Uuid) -> Result<(), StoreError> {
    E::delete_many().filter(owner.eq(user_id)).exec(tx).await?;
    Ok(())
}
