//! `quota_usage`: messages by quota and day, for all nodes together.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quota_usage")]
pub struct Model {
    /// The quota: a channel, with a user, a pseudonym or an hour where it is one of many.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// Days since the Unix epoch, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i64,
    pub used: i64,
    pub user_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
