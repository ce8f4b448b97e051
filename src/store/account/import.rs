//! Many users at once, with the passwords that another system has hashed.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, TryInsertResult};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::{Roles, Status};
use crate::model::email::Email;
use crate::model::locale::Locale;
use crate::model::security_event::SecurityEvent;
use crate::secret::Secret;
use crate::store::entity::{password_credential, user};
use crate::store::{Decision, Effects, Store, StoreError};

/// A user of another system.
#[derive(Clone, Debug)]
pub struct ImportedUser {
    pub id: Uuid,
    pub email: Email,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub roles: Roles,
    pub status: Status,
    pub email_verified: bool,
    /// In a form that the password pool reads; absent: the user will have to reset the password.
    pub password_hash: Option<Secret<String>>,
    pub created_at: Timestamp,
    /// The moment of the import.
    pub at: Timestamp,
    pub event: SecurityEvent,
}

impl Store {
    /// Writes users, their passwords and events in one transaction, but for those whose address is taken;
    /// gives back the ids of those written. Addresses must differ within a batch.
    ///
    /// # Errors
    /// [`StoreError`]; then none is written.
    pub async fn import(&self, users: &[ImportedUser]) -> Result<Vec<Uuid>, StoreError> {
        self.transact(|tx| async move {
            let inserted = user::Entity::insert_many(users.iter().map(row))
                .on_conflict_do_nothing_on([user::Column::Email])
                .exec_with_returning_keys(&tx)
                .await?;
            let TryInsertResult::Inserted(written) = inserted else {
                return Ok(Decision::Rollback(Vec::new()));
            };
            let new: Vec<&ImportedUser> = users.iter().filter(|user| written.contains(&user.id)).collect();
            let passwords: Vec<_> = new.iter().filter_map(|user| password(user)).collect();
            if !passwords.is_empty() {
                password_credential::Entity::insert_many(passwords).exec_without_returning(&tx).await?;
            }
            let events = new.iter().map(|user| user.event.clone()).collect();
            tx.record(&Effects { events, ..Effects::default() }).await?;
            Ok(Decision::Commit(written))
        })
        .await
    }

    /// Which of these addresses are taken.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn taken_addresses(&self, emails: &[&Email]) -> Result<Vec<String>, StoreError> {
        self.bounded(async {
            let taken = user::Entity::find()
                .select_only()
                .column(user::Column::Email)
                .filter(user::Column::Email.is_in(emails.iter().map(|email| email.as_str())));
            Ok(taken.into_tuple().all(&self.read).await?)
        })
        .await
    }
}

fn row(user: &ImportedUser) -> user::ActiveModel {
    let at = user.at;
    user::ActiveModel {
        id: Set(user.id),
        email: Set(user.email.as_str().to_owned()),
        display_name: Set(user.display_name.clone()),
        status: Set(user.status),
        roles: Set(user.roles),
        is_admin: NotSet,
        credential_epoch: Set(0),
        password_must_change: Set(false),
        email_verified_at: Set(user.email_verified.then_some(at)),
        created_at: Set(user.created_at),
        updated_at: Set(at),
        locale: Set(user.locale.clone()),
        erase_at: Set(None),
        mfa_enrolled_at: Set(None),
        mfa_reset_until: Set(None),
        device_epoch: Set(0),
    }
}

fn password(user: &ImportedUser) -> Option<password_credential::ActiveModel> {
    let hash = user.password_hash.as_ref()?;
    Some(password_credential::ActiveModel {
        user_id: Set(user.id),
        hash: Set(hash.expose().clone()),
        changed_at: Set(user.at),
        failures: Set(0),
        locked_at: Set(None),
        known_failures: Set(0),
        known_locked_at: Set(None),
    })
}
