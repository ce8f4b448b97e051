//! An account that no request has made: no password, no session, no mail.

use kindred::clock::Timestamp;
use kindred::entropy::{OsEntropy, uuid_v7};
use kindred::model::account::{Role, Roles};
use kindred::model::email::Email;
use kindred::store::account::NewAccount;
use kindred::store::{Effects, Store};
use uuid::Uuid;

use super::client::unique_email;

/// Writes someone into the database whose address is verified, and returns the id.
///
/// # Panics
/// When the database does not take it.
pub async fn write_person(store: &Store, at: Timestamp) -> Uuid {
    let new = NewAccount {
        id: uuid_v7(&OsEntropy, at),
        email: Email::parse(&unique_email()).expect("an address"),
        external_id: None,
        display_name: None,
        locale: None,
        roles: Roles::of(&[Role::User]),
        email_verified: true,
        password_must_change: false,
        password_hash: None,
        at,
    };
    store.create_account(&new, &Effects::default()).await.expect("it is written");
    new.id
}
