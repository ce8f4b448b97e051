//! `federation_uses`: states and codes of logins with other providers that were used, until they expire, so that none is
//! used twice.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "federation_uses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub expires_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
