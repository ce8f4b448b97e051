//! `cookie_generations`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cookie_generations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub secure: bool,
    #[sea_orm(primary_key, auto_increment = false)]
    pub domain: String,
    pub first_used_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
