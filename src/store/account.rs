//! Users and password credentials.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::entity::{password_credential, user};
use super::{Store, StoreError, audit};
use crate::clock::Timestamp;
use crate::model::account::{Roles, Status, UserFacts};
use crate::model::email::Email;
use crate::model::security_event::SecurityEvent;

/// A user as the login needs it.
#[derive(Clone, Debug)]
pub struct Account {
    pub user: UserFacts,
    pub status: Status,
    /// Read with the hash: a login counts only if it has not moved on by the time the session is written.
    pub credential_epoch: i64,
    pub password_hash: Option<String>,
}

/// A user as the person sees it.
#[derive(Clone, Debug)]
pub struct Profile {
    pub user: UserFacts,
    pub display_name: Option<String>,
    pub email_verified: bool,
    pub created_at: Timestamp,
}

/// A user to be written.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub id: Uuid,
    pub email: Email,
    pub display_name: Option<String>,
    pub roles: Roles,
    pub password_hash: String,
    pub at: Timestamp,
}

impl Store {
    /// Writes a user, the password and the event.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if the address is taken.
    pub async fn create_account(&self, new: &NewAccount, event: &SecurityEvent) -> Result<(), StoreError> {
        self.retrying(|| self.try_create_account(new, event)).await?;
        self.metrics.count_events([&event.kind]);
        Ok(())
    }

    async fn try_create_account(&self, new: &NewAccount, event: &SecurityEvent) -> Result<(), StoreError> {
        let at = new.at.as_micros();
        let user = user::ActiveModel {
            id: Set(new.id),
            email: Set(new.email.as_str().to_owned()),
            display_name: Set(new.display_name.clone()),
            status: Set(Status::Active.as_str().to_owned()),
            roles: Set(new.roles.to_string()),
            credential_epoch: Set(0),
            password_must_change: Set(false),
            email_verified_at: Set(None),
            created_at: Set(at),
            updated_at: Set(at),
        };
        let password = password_credential::ActiveModel {
            user_id: Set(new.id),
            hash: Set(new.password_hash.clone()),
            changed_at: Set(at),
        };
        let transaction = self.begin(&self.write).await?;
        user::Entity::insert(user).exec_without_returning(&transaction).await?;
        password_credential::Entity::insert(password).exec_without_returning(&transaction).await?;
        audit::insert(&transaction, std::slice::from_ref(event)).await?;
        Ok(transaction.commit().await?)
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
            Ok(found.map(|(user, password)| Account {
                status: Status::from_stored(&user.status),
                credential_epoch: user.credential_epoch,
                password_hash: password.map(|password| password.hash),
                user: user_facts(&user),
            }))
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn profile(&self, user_id: Uuid) -> Result<Option<Profile>, StoreError> {
        self.bounded(async {
            let found = user::Entity::find_by_id(user_id).one(&self.read).await?;
            Ok(found.map(|user| Profile {
                user: user_facts(&user),
                display_name: user.display_name.clone(),
                email_verified: user.email_verified_at.is_some(),
                created_at: Timestamp::from_micros(user.created_at),
            }))
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
        event: &SecurityEvent,
    ) -> Result<bool, StoreError> {
        let replaced = self.retrying(|| self.try_replace_hash(user_id, old, new, event)).await?;
        if replaced {
            self.metrics.count_events([&event.kind]);
        }
        Ok(replaced)
    }

    async fn try_replace_hash(
        &self,
        user_id: Uuid,
        old: &str,
        new: &str,
        event: &SecurityEvent,
    ) -> Result<bool, StoreError> {
        let transaction = self.begin(&self.write).await?;
        let updated = password_credential::Entity::update_many()
            .col_expr(password_credential::Column::Hash, new.into())
            .filter(password_credential::Column::UserId.eq(user_id))
            .filter(password_credential::Column::Hash.eq(old))
            .exec(&transaction)
            .await?;
        if updated.rows_affected == 0 {
            return Ok(false);
        }
        audit::insert(&transaction, std::slice::from_ref(event)).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Accounts by status, for the gauges.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_accounts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.bounded(async {
            Ok(user::Entity::find()
                .select_only()
                .column(user::Column::Status)
                .column_as(user::Column::Id.count(), "users")
                .group_by(user::Column::Status)
                .into_tuple()
                .all(&self.read)
                .await?)
        })
        .await
    }
}

pub(super) fn user_facts(user: &user::Model) -> UserFacts {
    UserFacts {
        id: user.id,
        email: user.email.clone(),
        roles: Roles::from_stored(&user.roles),
        password_must_change: user.password_must_change,
    }
}
