//! `factor_attempts`: wrong codes by account and kind of factor.

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
    /// Attempts since the last right one, those that are being evaluated included.
    pub consecutive: i64,
    /// Attempts since the last lock, counted in the same way.
    pub recent: i64,
    /// Locks since the last right one; each lasts twice as long as the one before.
    pub locks: i64,
    pub locked_until: Option<Timestamp>,
    pub last_tried_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
