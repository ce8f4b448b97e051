//! `data_keys`: the keys that rows are sealed under, wrapped.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::model::data_key::DataKeyPurpose;
use crate::model::key_state::KeyState;
use crate::store::database::word::StoredWord;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_keys")]
pub struct Model {
    /// Computed from the key: eight hexadecimal digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub purpose: StoredWord<DataKeyPurpose>,
    /// `active` and `standby` for one of each purpose at most.
    pub state: StoredWord<KeyState>,
    /// The key as the key-encryption key has wrapped it.
    pub wrapped: Vec<u8>,
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
