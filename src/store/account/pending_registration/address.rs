//! What an address without an account has: registrations that wait, and links.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter};

use crate::model::email::Email;
use crate::model::opaque_token::hash_parts;
use crate::store::entity::one_time_token;
use crate::store::entity::pending_registration::{Column, Entity};
use crate::store::{StoreError, Tx};

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
