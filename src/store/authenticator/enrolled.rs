//! Which second factors an account has.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QuerySelect, Select,
};
use uuid::Uuid;

use crate::model::account::Status;
use crate::model::factor::{Factor, Factors};
use crate::store::entity::{backup_code, passkey, sms_authenticator, totp_authenticator, user};
use crate::store::{Store, StoreError};

/// The column of a count.
const USERS: &str = "users";

impl Store {
    /// The factors of a user that work.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn factors(&self, user_id: Uuid) -> Result<Factors, StoreError> {
        self.bounded(of_user(&self.read, user_id)).await
    }

    /// How many users have each factor, for the gauges.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_enrolled_users(&self) -> Result<[(Factor, i64); 4], StoreError> {
        let totp = totp_authenticator::Entity::find()
            .filter(totp_authenticator::Column::ConfirmedAt.is_not_null())
            .select_only()
            .column_as(totp_authenticator::Column::UserId.count(), USERS);
        let sms = sms_authenticator::Entity::find()
            .filter(sms_authenticator::Column::ConfirmedAt.is_not_null())
            .select_only()
            .column_as(sms_authenticator::Column::UserId.count(), USERS);
        let passkeys = passkey::Entity::find()
            .select_only()
            .column_as(Expr::col(passkey::Column::UserId).count_distinct(), USERS);
        let codes = backup_code::Entity::find()
            .filter(backup_code::Column::UsedAt.is_null())
            .select_only()
            .column_as(Expr::col(backup_code::Column::UserId).count_distinct(), USERS);
        self.bounded(async {
            Ok([
                (Factor::Totp, self.number(totp).await?),
                (Factor::Sms, self.number(sms).await?),
                (Factor::Webauthn, self.number(passkeys).await?),
                (Factor::BackupCode, self.number(codes).await?),
            ])
        })
        .await
    }

    /// How many active accounts have a second factor, for the gauge.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_users_with_second_factor(&self) -> Result<u64, StoreError> {
        let enrolled = user::Entity::find()
            .filter(user::Column::MfaEnrolledAt.is_not_null())
            .filter(user::Column::Status.eq(Status::Active));
        self.bounded(async { Ok(enrolled.count(&self.read).await?) }).await
    }

    async fn number<E: EntityTrait>(&self, count: Select<E>) -> Result<i64, StoreError> {
        Ok(count.into_tuple().one(&self.read).await?.unwrap_or(0))
    }
}

/// The factors of a user that work.
pub(in crate::store) async fn of_user(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
) -> Result<Factors, StoreError> {
    let totp = totp_authenticator::Entity::find_by_id(user_id)
        .filter(totp_authenticator::Column::ConfirmedAt.is_not_null())
        .count(connection);
    let passkeys = passkey::Entity::find().filter(passkey::Column::UserId.eq(user_id)).count(connection);
    let strong = Factors {
        totp: totp.await? > 0,
        passkeys: u32::try_from(passkeys.await?).unwrap_or(u32::MAX),
        ..Factors::default()
    };
    if !strong.is_enrolled() {
        return Ok(strong);
    }
    let sms = sms_authenticator::Entity::find_by_id(user_id)
        .filter(sms_authenticator::Column::ConfirmedAt.is_not_null())
        .count(connection);
    let codes = backup_code::Entity::find()
        .filter(backup_code::Column::UserId.eq(user_id))
        .filter(backup_code::Column::UsedAt.is_null())
        .count(connection);
    Ok(Factors {
        sms: sms.await? > 0,
        backup_codes: u32::try_from(codes.await?).unwrap_or(u32::MAX),
        ..strong
    })
}
