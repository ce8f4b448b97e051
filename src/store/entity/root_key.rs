//! `root_keys`

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::key_state::KeyState;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "root_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    pub sealed: Vec<u8>,
    pub state: StoredWord<KeyState>,
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
