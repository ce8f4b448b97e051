//! `consents`: who accepted which version of which document.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// `terms`
    pub document: String,
    /// `accounts.terms_version` at that time.
    pub version: String,
    pub accepted_at: Timestamp,
    /// The masked network of the request.
    pub network: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
