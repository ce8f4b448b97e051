//! What is kept, counted: for who answers for it.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use crate::clock::Timestamp;
use crate::store::entity::{
    avatar, consent, device_attempt, invitation, login_challenge, one_time_token, outbox,
    pending_registration, security_event, session_family, sms_authenticator, totp_authenticator,
    trusted_device, user,
};
use crate::store::{Store, StoreError};

/// A kind of data that is kept of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataCategory {
    Accounts,
    Sessions,
    SecurityEvents,
    Messages,
    OneTimeTokens,
    /// Logins that wait for a second factor.
    LoginChallenges,
    TotpAuthenticators,
    TrustedDevices,
    /// Known devices with wrong passwords.
    DeviceAttempts,
    Invitations,
    /// Of addresses that are not proven.
    PendingRegistrations,
    Consents,
    Avatars,
    PhoneNumbers,
}

impl DataCategory {
    pub const ALL: [Self; 14] = [
        Self::Accounts,
        Self::Sessions,
        Self::SecurityEvents,
        Self::Messages,
        Self::OneTimeTokens,
        Self::LoginChallenges,
        Self::TotpAuthenticators,
        Self::TrustedDevices,
        Self::DeviceAttempts,
        Self::Invitations,
        Self::PendingRegistrations,
        Self::Consents,
        Self::Avatars,
        Self::PhoneNumbers,
    ];
}

/// How much of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    pub rows: u64,
    pub oldest: Option<Timestamp>,
}

/// Wishes to be erased that wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingErasures {
    pub count: u64,
    /// Whose time has come already.
    pub due: u64,
    pub next_at: Option<Timestamp>,
}

/// How many have accepted a version of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentCount {
    pub document: String,
    pub version: String,
    pub users: i64,
}

impl Store {
    /// # Errors
    /// [`StoreError`].
    pub async fn amount(&self, kept: DataCategory) -> Result<Amount, StoreError> {
        match kept {
            DataCategory::Accounts => self.counted::<user::Entity>(user::Column::CreatedAt).await,
            DataCategory::Sessions => {
                self.counted::<session_family::Entity>(session_family::Column::CreatedAt).await
            }
            DataCategory::SecurityEvents => {
                self.counted::<security_event::Entity>(security_event::Column::CreatedAt).await
            }
            DataCategory::Messages => self.counted::<outbox::Entity>(outbox::Column::CreatedAt).await,
            DataCategory::OneTimeTokens => {
                self.counted::<one_time_token::Entity>(one_time_token::Column::CreatedAt).await
            }
            DataCategory::LoginChallenges => {
                self.counted::<login_challenge::Entity>(login_challenge::Column::CreatedAt).await
            }
            DataCategory::TotpAuthenticators => {
                self.counted::<totp_authenticator::Entity>(totp_authenticator::Column::CreatedAt).await
            }
            DataCategory::TrustedDevices => {
                self.counted::<trusted_device::Entity>(trusted_device::Column::CreatedAt).await
            }
            DataCategory::DeviceAttempts => {
                self.counted::<device_attempt::Entity>(device_attempt::Column::LastTriedAt).await
            }
            DataCategory::Invitations => {
                self.counted::<invitation::Entity>(invitation::Column::CreatedAt).await
            }
            DataCategory::PendingRegistrations => {
                self.counted::<pending_registration::Entity>(pending_registration::Column::CreatedAt).await
            }
            DataCategory::Consents => self.counted::<consent::Entity>(consent::Column::AcceptedAt).await,
            DataCategory::Avatars => self.counted::<avatar::Entity>(avatar::Column::UpdatedAt).await,
            DataCategory::PhoneNumbers => {
                self.counted::<sms_authenticator::Entity>(sms_authenticator::Column::CreatedAt).await
            }
        }
    }

    async fn counted<E: EntityTrait>(&self, time: E::Column) -> Result<Amount, StoreError> {
        self.bounded(async {
            let found = E::find()
                .select_only()
                .column_as(Expr::col(sea_orm::sea_query::Asterisk).count(), "rows")
                .column_as(time.min(), "oldest")
                .into_tuple::<(i64, Option<i64>)>()
                .one(&self.read)
                .await?;
            let (rows, oldest) = found.unwrap_or_default();
            let rows = u64::try_from(rows).unwrap_or(0);
            Ok(Amount { rows, oldest: oldest.map(Timestamp::from_micros) })
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn pending_erasures(&self, now: Timestamp) -> Result<PendingErasures, StoreError> {
        use user::{Column, Entity};
        self.bounded(async {
            let waiting = Entity::find().filter(Column::EraseAt.is_not_null());
            let due = waiting.clone().filter(Column::EraseAt.lte(now.as_micros()));
            let next = waiting.clone().select_only().column_as(Column::EraseAt.min(), "next_at");
            let next: Option<Option<i64>> = next.into_tuple().one(&self.read).await?;
            Ok(PendingErasures {
                count: waiting.count(&self.read).await?,
                due: due.count(&self.read).await?,
                next_at: next.flatten().map(Timestamp::from_micros),
            })
        })
        .await
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn consent_counts(&self) -> Result<Vec<ConsentCount>, StoreError> {
        use consent::{Column, Entity};
        self.bounded(async {
            let rows: Vec<(String, String, i64)> = Entity::find()
                .select_only()
                .column(Column::Document)
                .column(Column::Version)
                .column_as(Expr::col(Column::UserId).count_distinct(), "users")
                .group_by(Column::Document)
                .group_by(Column::Version)
                .into_tuple()
                .all(&self.read)
                .await?;
            let count = |(document, version, users)| ConsentCount { document, version, users };
            Ok(rows.into_iter().map(count).collect())
        })
        .await
    }
}
