//! `attempt_stand_ins`: rows that attempts at accounts which do not exist are written to, so that they take as long as
//! others.

use sea_orm::entity::prelude::*;

/// How many rows there are; many, so that they are not waited for.
pub const ROWS: i16 = 64;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempt_stand_ins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    pub attempts: i64,
}

impl ActiveModelBehavior for ActiveModel {}
