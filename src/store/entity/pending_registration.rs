//! `pending_registrations`

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_registrations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub network: String,
    pub wider_network: String,
    #[sea_orm(unique)]
    pub link_hash: Vec<u8>,
    pub secret_hash: Vec<u8>,
    pub password_hash: String,
    pub display_name: Option<String>,
    pub locale: Option<String>,
    pub terms_version: Option<String>,
    pub consent_network: Option<String>,
    pub failures: i64,
    pub link_failures: i64,
    pub created_at: i64,
    pub expires_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
