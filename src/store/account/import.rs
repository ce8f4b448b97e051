//! Many users at once, with the passwords that another system has hashed.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, TryInsertResult,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::account::{Roles, Status};
use crate::model::email::Email;
use crate::model::external_id::ExternalId;
use crate::model::locale::Locale;
use crate::model::security_event::SecurityEvent;
use crate::secret::Secret;
use crate::store::entity::{password_credential, security_event, user};
use crate::store::{Decision, Effects, Store, StoreError, Tx};

/// A user of another system.
#[derive(Clone, Debug)]
pub struct ImportedUser {
    pub id: Uuid,
    /// The id in the other system.
    pub external_id: Option<ExternalId>,
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

/// An account that was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingAccount {
    pub id: Uuid,
    pub email: String,
    pub external_id: Option<String>,
}

/// The outcome of an import of some users.
#[derive(Clone, Debug, Default)]
pub struct ImportOutcome {
    /// The ids of those who were written.
    pub written: Vec<Uuid>,
    /// The accounts that have the address, the id or the external id of one of the others.
    pub existing: Vec<ExistingAccount>,
    /// The ids that were those of accounts that are erased.
    pub erased: Vec<Uuid>,
}

impl Store {
    /// Writes users, their passwords and events in one transaction, but for those whose address, id or external id is
    /// taken, or whose id was that of an account that is erased. All three must differ within a batch.
    ///
    /// # Errors
    /// [`StoreError`]; then none is written.
    pub async fn import(&self, users: &[ImportedUser]) -> Result<ImportOutcome, StoreError> {
        self.transact(|tx| async move {
            let known = known_ids(&tx, users).await?;
            let free: Vec<_> = users.iter().filter(|user| !known.contains(&user.id)).collect();
            let written = if free.is_empty() { Vec::new() } else { insert_where_free(&tx, &free).await? };
            let (new, others): (Vec<&ImportedUser>, Vec<&ImportedUser>) =
                users.iter().partition(|user| written.contains(&user.id));
            let existing = existing(&tx, &others).await?;
            let erased = without_account(known, &existing);
            if new.is_empty() {
                return Ok(Decision::Rollback(ImportOutcome { written, existing, erased }));
            }
            let passwords: Vec<_> = new.iter().filter_map(|user| password(user)).collect();
            if !passwords.is_empty() {
                password_credential::Entity::insert_many(passwords).exec_without_returning(&tx).await?;
            }
            let events = new.iter().map(|user| user.event.clone()).collect();
            tx.record(&Effects { events, ..Effects::default() }).await?;
            Ok(Decision::Commit(ImportOutcome { written, existing, erased }))
        })
        .await
    }

    /// What would keep some of these users from being written. Writes none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rehearse_import(&self, users: &[ImportedUser]) -> Result<ImportOutcome, StoreError> {
        self.bounded(async {
            let known = known_ids(&self.read, users).await?;
            let existing = existing(&self.read, &users.iter().collect::<Vec<_>>()).await?;
            let erased = without_account(known, &existing);
            Ok(ImportOutcome { written: Vec::new(), existing, erased })
        })
        .await
    }
}

/// Writes the users whose address, id and external id are free, and returns their ids.
async fn insert_where_free(tx: &Tx, users: &[&ImportedUser]) -> Result<Vec<Uuid>, StoreError> {
    let inserted = user::Entity::insert_many(users.iter().map(|user| row(user)))
        // Whichever of the three it is.
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .try_insert()
        .exec_with_returning_keys(tx)
        .await?;
    Ok(match inserted {
        TryInsertResult::Inserted(written) => written,
        _ => Vec::new(),
    })
}

/// The ids that security events are about. If no account has such an id, the account is erased: its events stay under its
/// id, and would seem to be those of another person who gets it.
async fn known_ids(
    connection: &impl ConnectionTrait,
    users: &[ImportedUser],
) -> Result<Vec<Uuid>, StoreError> {
    use security_event::{Column, Entity};
    let ids = Entity::find().select_only().column(Column::UserId).distinct();
    let theirs = Column::UserId.is_in(users.iter().map(|user| user.id));
    Ok(ids.filter(theirs).into_tuple().all(connection).await?)
}

fn without_account(ids: Vec<Uuid>, existing: &[ExistingAccount]) -> Vec<Uuid> {
    ids.into_iter().filter(|id| existing.iter().all(|account| account.id != *id)).collect()
}

async fn existing(
    connection: &impl ConnectionTrait,
    users: &[&ImportedUser],
) -> Result<Vec<ExistingAccount>, StoreError> {
    use user::Column;
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let external_ids = users.iter().filter_map(|user| user.external_id.as_ref().map(ExternalId::as_str));
    let theirs = Condition::any()
        .add(Column::Email.is_in(users.iter().map(|user| user.email.as_str())))
        .add(Column::Id.is_in(users.iter().map(|user| user.id)))
        .add(Column::ExternalId.is_in(external_ids));
    let columns = [Column::Id, Column::Email, Column::ExternalId];
    let found = user::Entity::find().select_only().columns(columns).filter(theirs);
    let found: Vec<(Uuid, String, Option<String>)> = found.into_tuple().all(connection).await?;
    Ok(found.into_iter().map(|(id, email, external_id)| ExistingAccount { id, email, external_id }).collect())
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
        time_zone: Set(None),
        erase_at: Set(None),
        mfa_enrolled_at: Set(None),
        mfa_reset_until: Set(None),
        secured_at: Set(None),
        device_epoch: Set(0),
        external_id: Set(user.external_id.clone().map(ExternalId::into_string)),
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
