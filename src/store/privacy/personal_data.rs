//! All that is stored on one person, page by page, for that person to read.
//!
//! Secrets and their hashes stay where they are, and so does what is stored on others: of an
//! administrator's deeds on them only that they were done.

mod record;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use crate::store::entity::{
    avatar, backup_code, consent, device_attempt, factor_attempt, invitation, login_challenge,
    one_time_token, outbox, passkey, password_credential, pending_registration, quota_usage, security_event,
    session_family, sms_authenticator, sms_code, sms_send, totp_authenticator, trusted_device, user,
    webauthn_ceremony,
};
use crate::store::privacy::pseudonym::{EventPosition, Part, later_than, next};
use crate::store::{Store, StoreError};

/// A kind of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Sessions,
    EventsAbout,
    EventsBy,
    Consents,
    OneTimeTokens,
    BackupCodes,
    TrustedDevices,
    LoginChallenges,
    FactorAttempts,
    DeviceAttempts,
    Passkeys,
    Ceremonies,
    Messages,
    Invitations,
    PendingRegistrations,
    Quotas,
    SmsCodes,
    SmsSends,
}

/// Whose rows.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
}

/// What there is once.
#[derive(Clone, Debug)]
pub struct PersonalFacts {
    pub person: Person,
    pub account: Value,
    pub password: Option<Value>,
    pub avatar: Option<Value>,
    pub totp: Option<Value>,
    pub phone: Option<PersonalPhone>,
}

/// The number for codes by SMS. Who holds the master key can open it.
#[derive(Clone, Debug)]
pub struct PersonalPhone {
    pub sealed: Vec<u8>,
    pub facts: Value,
}

/// Some rows, and where the next ones begin, if there may be more.
pub type Page = (Vec<Value>, Option<EventPosition>);

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn personal_facts(&self, user_id: Uuid) -> Result<Option<PersonalFacts>, StoreError> {
        self.bounded(async {
            let found = user::Entity::find_by_id(user_id)
                .find_also_related(password_credential::Entity)
                .one(&self.read)
                .await?;
            let Some((user, password)) = found else { return Ok(None) };
            let avatar = avatar::Entity::find_by_id(user_id).one(&self.read).await?;
            let totp = totp_authenticator::Entity::find_by_id(user_id).one(&self.read).await?;
            let phone = sms_authenticator::Entity::find_by_id(user_id).one(&self.read).await?;
            Ok(Some(PersonalFacts {
                person: Person { id: user.id, email: user.email.clone() },
                account: record::account(user),
                password: password.map(record::password),
                avatar: avatar.map(record::avatar),
                totp: totp.map(record::totp),
                phone: phone
                    .map(|row| PersonalPhone { sealed: row.sealed.clone(), facts: record::phone(row) }),
            }))
        })
        .await
    }

    /// The next rows of a section, up to `limit`, behind `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn personal_page(
        &self,
        person: &Person,
        section: Section,
        after: Option<EventPosition>,
        limit: u64,
    ) -> Result<Page, StoreError> {
        self.bounded(self.try_personal_page(person, section, after, limit)).await
    }

    async fn try_personal_page(
        &self,
        person: &Person,
        section: Section,
        after: Option<EventPosition>,
        limit: u64,
    ) -> Result<Page, StoreError> {
        let walk = RecordStream { store: self, after: after.map(|(_, id)| id).unwrap_or_default(), limit };
        match section {
            Section::Sessions => {
                let theirs = session_family::Column::UserId.eq(person.id).into();
                let key = session_family::Column::Id;
                walk.by_id::<session_family::Entity>(key, theirs, |row| (row.id, record::session(row))).await
            }
            Section::EventsAbout => self.personal_events(person.id, Part::About, after, limit).await,
            Section::EventsBy => self.personal_events(person.id, Part::By, after, limit).await,
            Section::Consents => {
                let theirs = consent::Column::UserId.eq(person.id).into();
                let key = consent::Column::Id;
                walk.by_id::<consent::Entity>(key, theirs, |row| (row.id, record::consent(row))).await
            }
            Section::OneTimeTokens => {
                // Before there was an account, links were the address's.
                let before = Condition::all()
                    .add(one_time_token::Column::Email.eq(&person.email))
                    .add(one_time_token::Column::UserId.is_null())
                    .add(one_time_token::Column::InvitationId.is_null());
                let theirs = Condition::any().add(one_time_token::Column::UserId.eq(person.id)).add(before);
                let key = one_time_token::Column::Id;
                walk.by_id::<one_time_token::Entity>(key, theirs, |row| (row.id, record::one_time_token(row)))
                    .await
            }
            Section::BackupCodes => {
                let theirs = backup_code::Column::UserId.eq(person.id).into();
                let key = backup_code::Column::Id;
                walk.by_id::<backup_code::Entity>(key, theirs, |row| (row.id, record::backup_code(row))).await
            }
            Section::TrustedDevices => {
                let theirs = trusted_device::Column::UserId.eq(person.id).into();
                let key = trusted_device::Column::Id;
                walk.by_id::<trusted_device::Entity>(key, theirs, |row| (row.id, record::trusted_device(row)))
                    .await
            }
            Section::LoginChallenges => {
                let theirs = login_challenge::Column::UserId.eq(person.id).into();
                let key = login_challenge::Column::Id;
                walk.by_id::<login_challenge::Entity>(key, theirs, |row| (row.id, record::challenge(row)))
                    .await
            }
            Section::FactorAttempts => self.factor_attempts(person.id).await,
            Section::DeviceAttempts => {
                let theirs = device_attempt::Column::UserId.eq(person.id).into();
                let key = device_attempt::Column::DeviceId;
                let record = |row: device_attempt::Model| (row.device_id, record::device_attempt(row));
                walk.by_id::<device_attempt::Entity>(key, theirs, record).await
            }
            Section::Passkeys => {
                let theirs = passkey::Column::UserId.eq(person.id).into();
                let key = passkey::Column::Id;
                walk.by_id::<passkey::Entity>(key, theirs, |row| (row.id, record::passkey(row))).await
            }
            Section::Ceremonies => {
                let theirs = webauthn_ceremony::Column::UserId.eq(person.id).into();
                let key = webauthn_ceremony::Column::Id;
                walk.by_id::<webauthn_ceremony::Entity>(key, theirs, |row| (row.id, record::ceremony(row)))
                    .await
            }
            Section::Messages => {
                let theirs = outbox::Column::UserId.eq(person.id).into();
                let key = outbox::Column::Id;
                walk.by_id::<outbox::Entity>(key, theirs, |row| (row.id, record::message(row))).await
            }
            Section::Invitations => {
                let theirs = Condition::any()
                    .add(invitation::Column::Email.eq(&person.email))
                    .add(invitation::Column::AcceptedBy.eq(person.id));
                let key = invitation::Column::Id;
                walk.by_id::<invitation::Entity>(key, theirs, |row| (row.id, record::invitation(row))).await
            }
            Section::PendingRegistrations => {
                let theirs = pending_registration::Column::Email.eq(&person.email).into();
                let key = pending_registration::Column::Id;
                walk.by_id::<pending_registration::Entity>(key, theirs, |row| {
                    (row.id, record::pending_registration(row))
                })
                .await
            }
            Section::Quotas => self.quotas(person.id).await,
            Section::SmsCodes => {
                let theirs = sms_code::Column::UserId.eq(person.id).into();
                let key = sms_code::Column::FlowId;
                walk.by_id::<sms_code::Entity>(key, theirs, |row| (row.flow_id, record::sms_code(row))).await
            }
            Section::SmsSends => {
                let theirs = sms_send::Column::UserId.eq(person.id).into();
                let key = sms_send::Column::Id;
                walk.by_id::<sms_send::Entity>(key, theirs, |row| (row.id, record::sms_send(row))).await
            }
        }
    }

    async fn personal_events(
        &self,
        user_id: Uuid,
        part: Part,
        after: Option<EventPosition>,
        limit: u64,
    ) -> Result<Page, StoreError> {
        use security_event::{Column, Entity};
        let rows = Entity::find()
            .filter(part.of(user_id))
            .filter(later_than(after))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(&self.read)
            .await?;
        let next = next(&rows, limit);
        Ok((rows.into_iter().map(|row| record::event(row, user_id)).collect(), next))
    }

    /// One for each kind of factor: one page.
    async fn factor_attempts(&self, user_id: Uuid) -> Result<Page, StoreError> {
        let rows = factor_attempt::Entity::find()
            .filter(factor_attempt::Column::UserId.eq(user_id))
            .order_by_asc(factor_attempt::Column::Factor)
            .all(&self.read)
            .await?;
        Ok((rows.into_iter().map(record::factor_attempt).collect(), None))
    }

    /// A handful a day, and for some days only: one page.
    async fn quotas(&self, user_id: Uuid) -> Result<Page, StoreError> {
        let rows = quota_usage::Entity::find()
            .filter(quota_usage::Column::UserId.eq(user_id))
            .order_by_asc(quota_usage::Column::Day)
            .order_by_asc(quota_usage::Column::Scope)
            .all(&self.read)
            .await?;
        Ok((rows.into_iter().map(record::quota).collect(), None))
    }
}

/// A walk in the order of the primary key, an id.
struct RecordStream<'a> {
    store: &'a Store,
    after: Uuid,
    limit: u64,
}

impl RecordStream<'_> {
    async fn by_id<E: EntityTrait>(
        &self,
        key: E::Column,
        theirs: Condition,
        record: fn(E::Model) -> (Uuid, Value),
    ) -> Result<Page, StoreError> {
        let rows = E::find()
            .filter(theirs)
            .filter(key.gt(self.after))
            .order_by_asc(key)
            .limit(self.limit)
            .all(&self.store.read)
            .await?;
        let is_full = rows.len() as u64 >= self.limit;
        let (ids, records): (Vec<Uuid>, Vec<Value>) = rows.into_iter().map(record).unzip();
        Ok((records, ids.last().filter(|_| is_full).map(|id| (0, *id))))
    }
}
