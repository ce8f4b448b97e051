//! `pending_registrations`

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
    pub network: String,
    pub wider_network: String,
    #[sea_orm(unique)]
    pub link_hash: TokenHash,
    pub secret_hash: TokenHash,
    pub password_hash: String,
    pub display_name: Option<String>,
    pub locale: Option<Locale>,
    pub terms_version: Option<String>,
    pub consent_network: Option<String>,
    pub failures: i64,
    pub link_failures: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
