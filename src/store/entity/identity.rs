//! `identities`: whom providers vouch for, and whose accounts these are.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// The name of the provider in the settings, when the identity was linked.
    pub provider: String,
    /// With the subject unique.
    pub issuer: String,
    pub subject: String,
    /// The address that the provider told when the identity was linked. It decides nothing.
    pub email: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
