//! `stranger_counts`: requests that concern no account, by minute, kind and network.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::stranger::StrangerKind;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stranger_counts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub minute: Timestamp,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: StoredWord<StrangerKind>,
    /// Masked, or `other` for those beyond the number that is told apart.
    #[sea_orm(primary_key, auto_increment = false)]
    pub network: String,
    pub requests: i64,
}

impl ActiveModelBehavior for ActiveModel {}
