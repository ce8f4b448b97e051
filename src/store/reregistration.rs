//! A registration in place of an earlier one that nobody has made good.
//!
//! Anybody can register anybody's address. As long as nobody has proven to own it, what the first one left
//! there, the password above all, must not become part of what a later one, perhaps the owner, verifies.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::entity::{consent, security_event, session_family, user};
use super::registration::{self, NewRegistration};
use super::{Store, StoreError, account, invitation_acceptance, one_time_token, password};
use crate::model::account::{Role, Roles, Status};
use crate::model::one_time_token::Purpose;
use crate::model::security_event::EventKind;

/// What makes an account more than somebody's claim to an address: it was made for its owner, its owner was
/// invited, or somebody has used it.
const SUBSTANTIAL: [EventKind; 3] =
    [EventKind::AccountCreated, EventKind::InvitationAccepted, EventKind::LoginSucceeded];

impl Store {
    /// Writes a registration over the account with its id: password, name, language, roles and consents are
    /// the new ones, older links to verify the address are void, logins under way come to nothing. `false`
    /// if the invitation does not work any more.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the account is more than an unproven registration of this address, else
    /// [`StoreError`]; then nothing has changed.
    pub async fn register_over(&self, new: &NewRegistration) -> Result<bool, StoreError> {
        let registered = self.retrying(|| self.try_register_over(new)).await?;
        if registered {
            self.count(&new.trail);
        }
        Ok(registered)
    }

    async fn try_register_over(&self, new: &NewRegistration) -> Result<bool, StoreError> {
        let transaction = self.begin(&self.write).await?;
        let (user_id, at) = (new.account.id, new.account.at);
        // Locked: following a link, or a login, is either done, and seen here, or finds the new state.
        let user = account::lock(&transaction, user_id).await?;
        let Some(user) = user.filter(|user| user.email == new.account.email.as_str()) else {
            return Err(StoreError::Duplicate);
        };
        if !is_unproven(&transaction, &user).await? {
            return Err(StoreError::Duplicate);
        }
        if let Some(hash) = new.invitation
            && !invitation_acceptance::accept(&transaction, hash, user_id, at).await?
        {
            return Ok(false);
        }
        overwrite(&transaction, &user, new).await?;
        one_time_token::void(&transaction, user_id, &[Purpose::VerifyEmail], at).await?;
        registration::write_companions(&transaction, new).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Whether the account is nothing but somebody's registration. The audit log tells: of its entries about the
/// account the registration goes first when their time is over, so what is missing makes no account look unproven.
async fn is_unproven(connection: &impl ConnectionTrait, user: &user::Model) -> Result<bool, StoreError> {
    let bare = Status::from_stored(&user.status) == Status::Active
        && Roles::from_stored(&user.roles) == Roles::of(&[Role::User])
        && user.email_verified_at.is_none()
        && user.erase_at.is_none()
        && !user.password_must_change;
    Ok(bare
        && has_event(connection, user.id, &[EventKind::AccountRegistered]).await?
        && !has_event(connection, user.id, &SUBSTANTIAL).await?
        && !has_family(connection, user.id).await?)
}

async fn has_event(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    kinds: &[EventKind],
) -> Result<bool, StoreError> {
    use security_event::{Column, Entity};
    let found = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())));
    Ok(found.limit(1).into_tuple::<Uuid>().one(connection).await?.is_some())
}

async fn has_family(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<bool, StoreError> {
    use session_family::{Column, Entity};
    let found = Entity::find().select_only().column(Column::Id).filter(Column::UserId.eq(user_id));
    Ok(found.limit(1).into_tuple::<Uuid>().one(connection).await?.is_some())
}

async fn overwrite(
    connection: &impl ConnectionTrait,
    old: &user::Model,
    new: &NewRegistration,
) -> Result<(), StoreError> {
    let (account, at) = (&new.account, new.account.at);
    let locale = account.locale.as_ref().map(ToString::to_string);
    user::Entity::update_many()
        .col_expr(user::Column::DisplayName, Expr::value(account.display_name.clone()))
        .col_expr(user::Column::Locale, Expr::value(locale))
        .col_expr(user::Column::Roles, Expr::value(account.roles.to_string()))
        .col_expr(
            user::Column::EmailVerifiedAt,
            Expr::value(account.email_verified.then_some(at.as_micros())),
        )
        .col_expr(user::Column::CredentialEpoch, Expr::value(old.credential_epoch + 1))
        .col_expr(user::Column::CreatedAt, Expr::value(at.as_micros()))
        .col_expr(user::Column::UpdatedAt, Expr::value(at.as_micros()))
        .filter(user::Column::Id.eq(old.id))
        .exec(connection)
        .await?;
    if let Some(hash) = &account.password_hash {
        password::put_password(connection, old.id, hash, at).await?;
    }
    // Whoever gave the old ones need not be whom the account will belong to.
    consent::Entity::delete_many().filter(consent::Column::UserId.eq(old.id)).exec(connection).await?;
    Ok(())
}
