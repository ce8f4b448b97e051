//! Every table with personal data, declared once: what is in it, whose it is, for how long it is kept, what an export
//! shows of it and what an erasure does with it.
//!
//! The export, the purge jobs, erasure and the compliance report go through this one list, and
//! `tests/it/privacy/declarations.rs` holds it against the migrated schema. A new table belongs here, or is named there
//! as one that holds nothing about people.

mod account;
mod authenticator;
mod declaration;
mod device;
mod federation;
mod login;
mod notification;
mod security_event;
mod sms;

use sea_orm::{EntityTrait, QuerySelect};
use uuid::Uuid;

pub use self::declaration::{Due, KeptFor, Purge, Record, RecordPage, SealedMember};

use self::declaration::{Declared, Window};
use crate::model::sealed_row::SealedTable;
use crate::store::database::keyset::Position;
use crate::store::entity::user;
use crate::store::privacy::data_inventory::Amount;
use crate::store::{Store, StoreError, Tx};

/// In the order of reports, of exports and of the jobs. An erasure handles the tables that it deletes from itself in
/// this order as well, so that two erasures lock rows alike.
static TABLES: [&dyn Declared; 27] = [
    &account::USERS,
    &account::PASSWORDS,
    &account::AVATARS,
    &authenticator::TOTP,
    &sms::NUMBERS,
    &security_event::EVENTS,
    &login::SESSIONS,
    &account::CONSENTS,
    &login::ONE_TIME_TOKENS,
    &authenticator::BACKUP_CODES,
    &login::CHALLENGES,
    &device::TRUSTED_DEVICES,
    &authenticator::FACTOR_ATTEMPTS,
    &device::DEVICE_ATTEMPTS,
    &authenticator::PASSKEYS,
    &federation::IDENTITIES,
    &account::INVITATIONS,
    &account::PENDING_REGISTRATIONS,
    &authenticator::CEREMONIES,
    &authenticator::CEREMONY_USES,
    &authenticator::CAPTCHA_USES,
    &federation::USES,
    &security_event::STRANGER_COUNTS,
    &notification::MESSAGES,
    &notification::QUOTAS,
    &sms::CODES,
    &sms::SENDS,
];

/// The person whose data is meant.
#[derive(Clone, Debug)]
pub struct Person {
    /// The user.
    pub id: Uuid,
    /// The present address, by which rows without a user are found.
    pub email: String,
}

/// A part of an export.
#[derive(Clone, Copy, Debug)]
pub struct ExportSection {
    /// The member of the document. Sections of one member follow each other.
    pub member: &'static str,
    /// An object or `null`, instead of a list.
    pub is_single: bool,
}

/// What is declared of a table.
pub struct PersonalTable {
    /// The name of the table.
    pub table: &'static str,
    /// The name in the compliance report.
    pub category: &'static str,
    /// The kinds of data about people in it.
    pub data: &'static [&'static str],
    /// What the time of the first purge but those of enrollments is counted from, or what ends the storage.
    pub kept_until: &'static str,
    /// Columns with the id of a user.
    pub user_ids: Vec<&'static str>,
    /// The column with an e-mail address.
    pub address: Option<&'static str>,
    /// The sealed columns among its columns.
    pub sealed: &'static [SealedTable],
    /// None where rows stay as long as the account, or until they are removed.
    pub purges: &'static [Purge],
    /// The parts of an export that come from it.
    pub sections: Vec<ExportSection>,
    /// What the foreign key does where it is what erases.
    pub on_delete: Option<&'static str>,
    declared: &'static dyn Declared,
}

/// All of them.
pub fn personal_tables() -> impl Iterator<Item = PersonalTable> {
    TABLES.into_iter().map(|table| table.declaration())
}

impl Store {
    /// The person with this account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn person(&self, user_id: Uuid) -> Result<Option<Person>, StoreError> {
        self.bounded(async {
            let email = user::Entity::find_by_id(user_id).select_only().column(user::Column::Email);
            let email = email.into_tuple().one(&self.read).await?;
            Ok(email.map(|email| Person { id: user_id, email }))
        })
        .await
    }

    /// The next records of a section, up to `limit`, behind `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn personal_page(
        &self,
        (table, section): (&PersonalTable, usize),
        person: &Person,
        after: Option<Position>,
        limit: u64,
    ) -> Result<RecordPage, StoreError> {
        self.bounded(table.declared.page(self, section, person, Window { after, limit })).await
    }

    /// How many rows a table has, and how old they are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn amount(&self, table: &PersonalTable) -> Result<Amount, StoreError> {
        self.bounded(table.declared.amount(self)).await
    }

    /// Deletes up to `limit` rows that are over their time, in one statement and so in a transaction of its own: a
    /// purge that is killed has done whole batches, and of two that run at once each row is deleted by one. On
    /// PostgreSQL a batch passes over rows that another transaction holds, so that neither waits for the other. Fewer
    /// rows than `limit` mean that none is left, or that another purge has the rest in hand.
    ///
    /// # Errors
    /// [`StoreError`]; then none of this batch is deleted.
    pub async fn purge(
        &self,
        table: &PersonalTable,
        purge: &Purge,
        due: Due,
        limit: u64,
    ) -> Result<u64, StoreError> {
        let deleted = self.retrying(|| table.declared.purge(self, purge, due, limit)).await?;
        if let Some(factor) = purge.abandoned() {
            self.metrics.enrollment.abandoned(factor, deleted);
        }
        Ok(deleted)
    }
}

/// Deletes or reduces what an erasure has to handle itself, before it deletes the user.
pub(in crate::store) async fn erase(tx: &Tx, person: &Person) -> Result<(), StoreError> {
    for table in TABLES {
        table.erase(tx, person).await?;
    }
    Ok(())
}

impl std::fmt::Debug for PersonalTable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("PersonalTable").field(&self.table).finish()
    }
}

/// What ends the storage of most of what belongs to an account.
const ACCOUNT_ERASED: &str = "the account is erased";
const REMOVED: &str = "it is removed, or the account is erased";
const AFTER_EXPIRY: &str = "after the expiry";
