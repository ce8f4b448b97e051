//! What an address without an account has: registrations that wait, and links.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::model::email::Email;
use crate::model::one_time_token::{Purpose, TokenHash};
use crate::model::opaque_token::hash_parts;
use crate::store::entity::one_time_token;
use crate::store::entity::pending_registration::{Column, Entity};
use crate::store::{StoreError, Tx};

/// How long a registration's link is remembered as a used one.
const REMEMBERED: Duration = Duration::from_secs(86_400);

/// The link of a registration that is gone.
pub(super) struct UsedLink<'a> {
    /// Of the registration.
    pub id: Uuid,
    pub link: TokenHash,
    pub user_id: Option<Uuid>,
    pub email: &'a str,
}

/// Transactions that change the registrations of one address take turns. SQLite has one writer at a time anyway.
pub(super) async fn lock(tx: &Tx, email: &Email) -> Result<(), StoreError> {
    if tx.get_database_backend() != DbBackend::Sqlite {
        let hash = hash_parts(&["kindred pending registrations", email.as_str()]).0;
        let [a, b, c, d, e, f, g, h, ..] = hash;
        let key = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({key})")).await?;
    }
    Ok(())
}

/// Drops all registrations of an address, and the links that it was sent without having an account.
pub(in crate::store) async fn drop_address(tx: &Tx, email: &str) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::Email.eq(email)).exec(tx).await?;
    one_time_token::Entity::delete_many().filter(links_of(email)).exec(tx).await?;
    Ok(())
}

/// The links that an address was sent without having an account.
pub(super) fn links_of(email: &str) -> Condition {
    Condition::all()
        .add(one_time_token::Column::Email.eq(email))
        .add(one_time_token::Column::UserId.is_null())
        .add(one_time_token::Column::InvitationId.is_null())
}

/// Remembers the link of a registration that was completed or declined, so that someone who opens it again is told.
pub(super) async fn keep_used(tx: &Tx, used: UsedLink<'_>, at: Timestamp) -> Result<(), StoreError> {
    let row = one_time_token::ActiveModel {
        id: Set(used.id),
        purpose: Set(Purpose::VerifyEmail.into()),
        user_id: Set(used.user_id),
        invitation_id: Set(None),
        token_hash: Set(used.link),
        email: Set(Some(used.email.to_owned())),
        created_at: Set(at),
        expires_at: Set(at.plus(REMEMBERED)),
        used_at: Set(Some(at)),
        voided_at: Set(None),
        session_id: Set(None),
        credential_epoch: Set(None),
        sent_at: Set(None),
        resends: Set(0),
    };
    one_time_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
