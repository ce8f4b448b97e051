//! `factor_attempts`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::factor::Factor;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "factor_attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub factor: StoredWord<Factor>,
    pub consecutive: i64,
    pub recent: i64,
    pub locks: i64,
    pub locked_until: Option<Timestamp>,
    pub last_tried_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
