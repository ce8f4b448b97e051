//! Accounts: users with their profiles, addresses, invitations and registrations.

pub(crate) mod avatar;
pub(crate) mod creation;
pub(crate) mod directory;
pub(crate) mod edit;
pub(crate) mod email_address;
pub(in crate::store) mod first_proof;
pub(crate) mod import;
pub(crate) mod invitation;
pub(crate) mod invitation_acceptance;
pub(in crate::store) mod last_admin;
pub(crate) mod pending_registration;
pub(crate) mod profile;
pub(crate) mod registration;
pub(in crate::store) mod rights;

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::entity::{self, password_credential, user};
use super::{Decision, Effects, Store, StoreError, Tx};
use crate::clock::Timestamp;
use crate::model::account::{CredentialState, Roles, Status, UserFacts};
use crate::model::avatar::Avatar;
use crate::model::email::Email;
use crate::model::external_id::ExternalId;
use crate::model::locale::Locale;
use crate::model::time_zone::TimeZone;

/// A user as a login reads it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The part that tokens tell.
    pub user: UserFacts,
    /// Only [`Status::Active`] may log in.
    pub status: Status,
    /// Read with the hash: a login counts only if it is still the same when the session is written.
    pub credential_epoch: i64,
    /// What the password and the passkeys are worth.
    pub credentials: CredentialState,
    /// In PHC string format; absent until a password is set, and where the account was secured until another one is.
    pub password_hash: Option<String>,
    /// As the owner or an administrator entered it.
    pub display_name: Option<String>,
    /// The language of mails; absent means English.
    pub locale: Option<Locale>,
    /// The zone of times in mails; absent means UTC.
    pub time_zone: Option<TimeZone>,
    /// Whether the owner has shown that they read mails to the address.
    pub email_verified: bool,
    /// Since when passwords from unknown devices are refused, after too many wrong ones.
    pub password_locked_at: Option<Timestamp>,
    /// The same for known devices.
    pub known_locked_at: Option<Timestamp>,
    /// Tokens of known devices of an earlier epoch are void.
    pub device_epoch: i64,
    /// When it is to be erased, if its owner has asked for that.
    pub erase_at: Option<Timestamp>,
    /// Until when no login succeeds, after a reset of the second factors.
    pub mfa_reset_until: Option<Timestamp>,
}

/// A user as shown to the account's owner.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The part that tokens tell.
    pub user: UserFacts,
    /// As the owner or an administrator entered it.
    pub display_name: Option<String>,
    /// The language of mails; absent means English.
    pub locale: Option<Locale>,
    /// The zone of times in mails; absent means UTC.
    pub time_zone: Option<TimeZone>,
    /// Whether the owner has shown that they read mails to the address.
    pub email_verified: bool,
    /// Whether there is a password that logs in.
    pub has_password: bool,
    /// When the account was created: in the other system, if it was imported.
    pub created_at: Timestamp,
    /// When it is to be erased, if its owner has asked for that.
    pub erase_at: Option<Timestamp>,
    /// The picture that is served; absent if there is none.
    pub avatar: Option<Avatar>,
}

/// A user to be written.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// A UUIDv7 of `at`.
    pub id: Uuid,
    /// Unique among accounts.
    pub email: Email,
    /// The id in another system, unique among accounts.
    pub external_id: Option<ExternalId>,
    /// The name in mails, if one was given.
    pub display_name: Option<String>,
    /// The language of mails; absent means English.
    pub locale: Option<Locale>,
    /// Always with `user`.
    pub roles: Roles,
    /// Whether the address is verified from the beginning, at `at`.
    pub email_verified: bool,
    /// Whether sessions can do nothing but change the password, until that is done.
    pub password_must_change: bool,
    /// Absent until the owner sets a password by a link.
    pub password_hash: Option<String>,
    /// When the account is created.
    pub at: Timestamp,
}

impl Store {
    /// Writes a user and the password.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the address or the external id is taken.
    pub async fn create_account(&self, new: &NewAccount, effects: &Effects) -> Result<(), StoreError> {
        self.transact(|tx| async move {
            insert(&tx, new).await?;
            tx.record(effects).await?;
            Ok(Decision::Commit(()))
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        self.bounded(async {
            let found = user::Entity::find()
                .filter(user::Column::Email.eq(email.as_str()))
                .find_also_related(password_credential::Entity)
                .one(&self.read)
                .await?;
            Ok(found.map(|(user, password)| account(&user, password)))
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn account_by_id(&self, user_id: Uuid) -> Result<Option<Account>, StoreError> {
        self.bounded(async {
            let found = user::Entity::find_by_id(user_id)
                .find_also_related(password_credential::Entity)
                .one(&self.read)
                .await?;
            Ok(found.map(|(user, password)| account(&user, password)))
        })
        .await
    }

    /// What the tokens of the user's known devices are bound to.
    ///
    /// # Errors
    /// [`StoreError`]; also if there is no such user.
    pub async fn device_epoch(&self, user_id: Uuid) -> Result<i64, StoreError> {
        self.bounded(async {
            let epoch = user::Entity::find_by_id(user_id).select_only().column(user::Column::DeviceEpoch);
            let epoch = epoch.into_tuple().one(&self.read).await?;
            epoch.ok_or_else(|| StoreError::Other("the user is gone".to_owned()))
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn profile(&self, user_id: Uuid) -> Result<Option<Profile>, StoreError> {
        self.bounded(async {
            let found = user::Entity::find_by_id(user_id)
                .find_also_related(entity::avatar::Entity)
                .one(&self.read)
                .await?;
            let Some((user, picture)) = found else { return Ok(None) };
            let has_password = has_password(&self.read, &user).await?;
            profile(&user, picture, has_password).map(Some)
        })
        .await
    }

    /// Replaces a hash that was made with other parameters, unless the password changed meanwhile.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replace_hash(
        &self,
        user_id: Uuid,
        old: &str,
        new: &str,
        effects: &Effects,
    ) -> Result<bool, StoreError> {
        self.transact(|tx| async move {
            let updated = password_credential::Entity::update_many()
                .col_expr(password_credential::Column::Hash, new.into())
                .filter(password_credential::Column::UserId.eq(user_id))
                .filter(password_credential::Column::Hash.eq(old))
                .exec(&tx)
                .await?;
            tx.record_if(updated.rows_affected > 0, effects).await
        })
        .await
    }

    /// Accounts by status, for the gauges.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_accounts(&self) -> Result<Vec<(Status, i64)>, StoreError> {
        self.bounded(async {
            let counted: Vec<(String, i64)> = user::Entity::find()
                .select_only()
                .column(user::Column::Status)
                .column_as(user::Column::Id.count(), "users")
                .group_by(user::Column::Status)
                .into_tuple()
                .all(&self.read)
                .await?;
            Ok(counted.into_iter().map(|(status, users)| (Status::from_stored(&status), users)).collect())
        })
        .await
    }
}

/// Writes the rows of a new account.
pub(super) async fn insert(tx: &Tx, new: &NewAccount) -> Result<(), StoreError> {
    let at = new.at;
    let user = user::ActiveModel {
        id: Set(new.id),
        email: Set(new.email.as_str().to_owned()),
        display_name: Set(new.display_name.clone()),
        status: Set(Status::Active),
        roles: Set(new.roles),
        is_admin: NotSet,
        credential_epoch: Set(0),
        password_must_change: Set(new.password_must_change),
        email_verified_at: Set(new.email_verified.then_some(at)),
        created_at: Set(at),
        updated_at: Set(at),
        locale: Set(new.locale.clone()),
        time_zone: Set(None),
        erase_at: Set(None),
        mfa_enrolled_at: Set(None),
        mfa_reset_until: Set(None),
        secured_at: Set(None),
        device_epoch: Set(0),
        external_id: Set(new.external_id.clone().map(ExternalId::into_string)),
    };
    user::Entity::insert(user).exec_without_returning(tx).await?;
    let Some(hash) = &new.password_hash else { return Ok(()) };
    let password = password_credential::ActiveModel {
        user_id: Set(new.id),
        hash: Set(hash.clone()),
        changed_at: Set(at),
        failures: Set(0),
        locked_at: Set(None),
        known_failures: Set(0),
        known_locked_at: Set(None),
    };
    password_credential::Entity::insert(password).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) fn account(user: &user::Model, password: Option<password_credential::Model>) -> Account {
    let locked_at = password.as_ref().and_then(|password| password.locked_at);
    let known_locked_at = password.as_ref().and_then(|password| password.known_locked_at);
    let password_set_at = password.as_ref().map(|password| password.changed_at);
    let credentials = CredentialState::of(user.secured_at, password_set_at);
    Account {
        user: user_facts(user),
        status: user.status,
        credential_epoch: user.credential_epoch,
        credentials,
        password_hash: credentials.valid_password(password.map(|password| password.hash)),
        display_name: user.display_name.clone(),
        locale: user.locale.clone(),
        time_zone: user.time_zone.clone(),
        email_verified: user.email_verified_at.is_some(),
        password_locked_at: locked_at,
        known_locked_at,
        device_epoch: user.device_epoch,
        erase_at: user.erase_at,
        mfa_reset_until: user.mfa_reset_until,
    }
}

pub(super) fn profile(
    user: &user::Model,
    picture: Option<entity::avatar::Model>,
    has_password: bool,
) -> Result<Profile, StoreError> {
    Ok(Profile {
        user: user_facts(user),
        display_name: user.display_name.clone(),
        locale: user.locale.clone(),
        time_zone: user.time_zone.clone(),
        email_verified: user.email_verified_at.is_some(),
        has_password,
        created_at: user.created_at,
        erase_at: user.erase_at,
        avatar: picture.map(avatar::from_row).transpose()?,
    })
}

/// Whether the user has a password that logs in. That of an account that was secured no longer does.
pub(super) async fn has_password(
    connection: &impl ConnectionTrait,
    user: &user::Model,
) -> Result<bool, StoreError> {
    let password = password_credential::Entity::find_by_id(user.id).one(connection).await?;
    let set_at = password.map(|password| password.changed_at);
    Ok(CredentialState::of(user.secured_at, set_at).valid_password(set_at).is_some())
}

pub(super) fn user_facts(user: &user::Model) -> UserFacts {
    UserFacts {
        id: user.id,
        email: user.email.clone(),
        roles: user.roles,
        password_must_change: user.password_must_change,
        mfa_enrolled: user.mfa_enrolled_at.is_some(),
    }
}

/// The user, locked for the rest of the transaction.
pub(super) async fn lock(tx: &Tx, user_id: Uuid) -> Result<Option<user::Model>, StoreError> {
    Ok(user::Entity::find_by_id(user_id).lock_exclusive().one(tx).await?)
}

/// The same if the user may act.
pub(super) async fn lock_active(tx: &Tx, user_id: Uuid) -> Result<Option<user::Model>, StoreError> {
    let user = lock(tx, user_id).await?;
    Ok(user.filter(|user| user.status == Status::Active))
}
