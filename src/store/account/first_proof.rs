//! What is removed from an account when its address is proven for the first time, by a password reset or by another
//! provider.
//!
//! Where addresses need not be verified, anyone can open an account at anyone's address and enroll a passkey in it.
//! The owner, who then sets a password by a link, must not share the account with that person, nor be asked for
//! that person's second factor.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::one_time_token::Purpose;
use crate::store::entity::{
    avatar, backup_code, consent, identity, passkey, password_credential, sms_authenticator,
    totp_authenticator, trusted_device, user,
};
use crate::store::{
    StoreError, Tx, account::invitation, authenticator::factor_reset, credential::one_time_token,
};

/// Whether someone may have used the account without having proven its address. One that was made without a
/// password could not be used before, and keeps what its maker gave it.
pub(in crate::store) async fn is_due(tx: &Tx, user: &user::Model) -> Result<bool, StoreError> {
    if user.email_verified_at.is_some() {
        return Ok(false);
    }
    Ok(password_credential::Entity::find_by_id(user.id).one(tx).await?.is_some())
}

/// Removes all that was enrolled or entered before; roles, and the password, are not touched.
pub(in crate::store) async fn clear(tx: &Tx, user: &user::Model, at: Timestamp) -> Result<(), StoreError> {
    factor_reset::remove_enrolled(tx, user.id, at).await?;
    avatar::Entity::delete_by_id(user.id).exec(tx).await?;
    consent::Entity::delete_many().filter(consent::Column::UserId.eq(user.id)).exec(tx).await?;
    identity::Entity::delete_many().filter(identity::Column::UserId.eq(user.id)).exec(tx).await?;
    one_time_token::void(tx, user.id, &Purpose::REQUESTED, at).await?;
    invitation::revoke_of_inviter(tx, user.id, at).await?;
    user::Entity::update_many()
        .col_expr(user::Column::DisplayName, Expr::value(None::<String>))
        .col_expr(user::Column::Locale, Expr::value(None::<String>))
        .col_expr(user::Column::TimeZone, Expr::value(None::<String>))
        .col_expr(user::Column::MfaResetUntil, Expr::value(None::<i64>))
        .filter(user::Column::Id.eq(user.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The names of what is to be removed, for the security event. They are collected before the sessions end, because the
/// trust in devices ends with them.
pub(in crate::store) async fn standing(tx: &Tx, user: &user::Model) -> Result<Vec<&'static str>, StoreError> {
    let id = user.id;
    let mut removed = Vec::new();
    let mut note = |is_there: bool, name| removed.extend(is_there.then_some(name));
    note(user.display_name.is_some(), "display_name");
    note(has::<avatar::Entity>(tx, avatar::Column::UserId, id).await?, "avatar");
    note(has::<totp_authenticator::Entity>(tx, totp_authenticator::Column::UserId, id).await?, "totp");
    note(has::<passkey::Entity>(tx, passkey::Column::UserId, id).await?, "passkeys");
    note(has::<backup_code::Entity>(tx, backup_code::Column::UserId, id).await?, "backup_codes");
    note(has::<sms_authenticator::Entity>(tx, sms_authenticator::Column::UserId, id).await?, "phone");
    note(has::<trusted_device::Entity>(tx, trusted_device::Column::UserId, id).await?, "devices");
    note(has::<consent::Entity>(tx, consent::Column::UserId, id).await?, "consents");
    note(has::<identity::Entity>(tx, identity::Column::UserId, id).await?, "identities");
    Ok(removed)
}

async fn has<E: EntityTrait>(tx: &Tx, owner: E::Column, user_id: Uuid) -> Result<bool, StoreError> {
    Ok(E::find().filter(owner.eq(user_id)).one(tx).await?.is_some())
}
