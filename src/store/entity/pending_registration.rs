//! `pending_registrations`: registrations whose address is not verified. They are not accounts, and several may exist
//! for one address.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::email::Email;
use crate::model::locale::Locale;
use crate::model::opaque_token::TokenHash;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_registrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: Email,
    /// Of the client, to limit how many one network may have.
    pub network: String,
    pub wider_network: String,
    /// Of the secret in the mail.
    #[sea_orm(unique)]
    pub link_hash: TokenHash,
    /// Of the secret that the client got, which may take the place of the password.
    pub secret_hash: TokenHash,
    pub password_hash: String,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub terms_version: Option<String>,
    /// The masked network, for the consent.
    pub consent_network: Option<String>,
    /// Wrong passwords at a login.
    pub failures: i64,
    /// Wrong passwords together with the link.
    pub link_failures: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
